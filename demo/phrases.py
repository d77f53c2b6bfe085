"""Phrases that product texts are composed of."""

from demo.localized_string import LocalizedString

UNITS: dict[str, LocalizedString] = {
    "metre": LocalizedString("米", "metre"),
    "yard": LocalizedString("码", "yard"),
    "kilogram": LocalizedString("公斤", "kilogram"),
    "piece": LocalizedString("件", "piece"),
    "pair": LocalizedString("双", "pair"),
    "set": LocalizedString("套", "set"),
    "pack": LocalizedString("包", "pack"),
    "roll": LocalizedString("卷", "roll"),
    "box": LocalizedString("盒", "box"),
}

NAMED_PALETTES = frozenset({"print", "kids", "ink", "plaid"})

FINISH_TITLES: dict[str, LocalizedString] = {
    "water-repellent": LocalizedString("防泼水", "water-repellent"),
    "garment-washed": LocalizedString("水洗", "washed"),
    "sanded": LocalizedString("磨毛", "sanded"),
    "mercerised": LocalizedString("丝光", "mercerised"),
    "antibacterial": LocalizedString("抗菌", "antibacterial"),
    "uv": LocalizedString("防晒", "UV-protective"),
    "easy-care": LocalizedString("免烫", "easy-care"),
    "coated": LocalizedString("涂层", "coated"),
    "plant-dyed": LocalizedString("植物染", "plant-dyed"),
}

FINISH_SENTENCES: dict[str, tuple[str, str]] = {
    "preshrunk": ("已预缩，缩水率控制在 3% 以内。", "Pre-shrunk; it loses less than 3 % in the wash."),
    "mercerised": ("经烧毛丝光，布面光洁，色泽鲜明。", "Singed and mercerised for a clean face and clear colour."),
    "sanded": ("磨毛处理，表面有细密短绒。", "Sanded to a short, dense nap."),
    "enzyme": ("经酵素洗，毛羽少，不易起球。", "Enzyme-washed, so that it pills little."),
    "garment-washed": ("成品水洗，有自然褶皱，不用熨烫。", "Washed to a natural crease that needs no iron."),
    "easy-care": ("免烫整理，洗后平整度 3.5 级。", "Easy-care finish, smoothness grade 3.5 after washing."),
    "water-repellent": ("防泼水四级，小雨不湿。", "Water-repellent to grade 4: a light rain runs off."),
    "antibacterial": ("抗菌整理，贴身穿着更安心。", "Finished against bacteria, for wear next to the skin."),
    "quick-dry": ("吸湿速干，运动出汗不粘身。", "Takes up moisture and dries quickly."),
    "uv": ("紫外线防护 UPF 40+。", "Protects against UV, UPF 40+."),
    "brushed": ("拉毛起绒，绒面均匀，保暖。", "Brushed to an even, warm nap."),
    "coated": ("背面涂层，防风防钻绒。", "Coated on the back against wind and down leaking."),
    "calendered": ("轧光整理，光泽柔和。", "Calendered to a soft lustre."),
    "reactive-print": ("活性印花，图案清晰，手感不发硬。", "Reactive print: sharp, and soft to the hand."),
    "digital-print": ("数码直喷，套色不限，过渡自然。", "Digitally printed: any number of colours, smooth tones."),
    "wax-resist": ("铜刀蘸蜡手绘，每匹冰纹各不相同。", "Wax drawn by hand with a copper knife; no two lengths crack alike."),
    "plant-dyed": ("植物染色，颜色随洗涤渐柔。", "Dyed with plants; the colour mellows with washing."),
    "yarn-dyed": ("先染纱后织布，两面同色，色牢度高。", "Dyed in the yarn, alike on both sides, fast to washing."),
    "piece-dyed": ("匹染，同缸无色差。", "Piece-dyed with no shade difference within a lot."),
}

HANDFEEL_PHRASES: dict[str, tuple[tuple[str, str], ...]] = {
    "plain": (("布面平整，透气", "even and airy"), ("质地轻爽，手感干净", "light, with a clean hand")),
    "poplin": (("纹路细密，挺括有型", "fine-ribbed and crisp"),),
    "oxford": (("颗粒感分明，耐穿", "pebbly to the eye and hard-wearing"),),
    "twill": (("斜纹清晰，垂感好", "clear in the twill, with a good fall"), ("厚实耐磨", "solid and hard-wearing")),
    "denim": (
        ("竹节自然，越穿越有味道", "naturally slubbed, and better with wear"),
        ("布身紧密，靛色饱满", "tightly woven, full of indigo"),
    ),
    "satin": (("光泽细腻，顺滑垂坠", "finely lustrous, smooth and flowing"),),
    "canvas": (("布身挺实，承重不变形", "firm, keeps its shape under load"),),
    "herringbone": (("人字纹立体，挺而不硬", "clear herringbone, firm but not stiff"),),
    "dobby": (("小提花含蓄耐看", "quietly figured"),),
    "jacquard": (("提花立体，光线下有明暗层次", "figured in relief that plays in the light"),),
    "seersucker": (("泡泡不贴身，夏天凉快", "puckered, so that it stands off the skin in summer"),),
    "gauze": (("皱感自然，柔软吸汗", "naturally crinkled, soft and absorbent"),),
    "corduroy": (("绒条饱满，手感厚软", "full-waled, thick and soft"),),
    "velvet": (("绒面细密，光泽流动", "dense in the pile, with a moving lustre"),),
    "jersey": (("柔软贴身，回弹好", "soft, close and springy"),),
    "rib": (("弹性足，不易变形", "very elastic, keeps its shape"),),
    "pique": (("珠地透气，挺身不粘", "airy and does not cling"),),
    "cable": (("绞花饱满，蓬松保暖", "full cables, lofty and warm"),),
    "knit": (("线圈均匀，蓬松柔软", "even loops, lofty and soft"),),
    "terry": (("毛圈紧密，吸水柔软", "dense loops, absorbent and soft"),),
    "fleece": (("绒面蓬松，轻而保暖", "lofty, light and warm"),),
    "sherpa": (("卷绒饱满，厚实保暖", "full curls, thick and warm"),),
    "waffle": (("格子立体，吸水快干", "deep cells that take up water and dry fast"),),
    "mesh": (("网孔均匀，轻薄透气", "even openings, thin and airy"),),
    "lace": (("花型立体，边缘整齐", "raised figures, neat edges"),),
}

_SERIES = """
春山 Spring Hills;听雨 Listening to Rain;花朝 Flower Day;南风 South Wind;小满 Grain Buds
云起 Clouds Rising;鹤归 Cranes Return;采薇 Gathering Fern;青岚 Blue Haze;初晴 First Sun
兰亭 Orchid Pavilion;浮光 Drifting Light;半夏 Midsummer;棠梨 Wild Pear;山居 Mountain Home
秋声 Autumn Sound;芦雪 Reed Snow;月令 Almanac;桃夭 Peach Bloom;白露 White Dew
惊蛰 Insects Wake;谷雨 Grain Rain;芒种 Grain in Ear;霜降 First Frost;竹里 Among Bamboo
荷塘 Lotus Pond;烟雨 Misty Rain;渔歌 Fishing Song;锦里 Brocade Lane;画桥 Painted Bridge
踏青 Spring Walk;流萤 Fireflies;小园 Little Garden;暖阳 Warm Sun;麦浪 Wheat Waves
橘颂 Ode to the Orange;星河 River of Stars;拾光 Gathered Light;归燕 Swallows Home;野渡 Lonely Ferry
松风 Pine Wind;溪语 Brook Talk;晚樱 Late Cherry;茶歇 Tea Break;纸鸢 Paper Kite
蝶影 Butterfly Shade;木兰 Magnolia;清欢 Quiet Joy;江南 South of the River;塞上 The Frontier
古道 Old Road;远山 Far Mountains;海棠 Begonia;石榴 Pomegranate;葡萄 Grapevine
如意 As You Wish;百宝 Hundred Treasures;连年 Year on Year;同心 One Heart;朝露 Morning Dew
夏至 Solstice;立秋 Autumn Begins;梅信 Plum News;岁寒 Winter Friends
"""
SERIES: tuple[tuple[str, str], ...] = tuple(
    (zh, en) for zh, _, en in (pair.partition(" ") for line in _SERIES.strip().splitlines() for pair in line.split(";"))
)
