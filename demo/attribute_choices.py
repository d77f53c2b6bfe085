"""The choices of choice attributes."""

from dataclasses import dataclass

from demo.blends import BLENDS, FIBRES
from demo.dyes import FAMILIES
from demo.localized_string import LocalizedString


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a choice attribute."""

    code: str
    name: LocalizedString


def _parse_choices(lines: str) -> tuple[Choice, ...]:
    choices = []
    for line in lines.strip().splitlines():
        code, zh, en = line.strip().split(" ", 2)
        choices.append(Choice(code, LocalizedString(zh, en)))
    return tuple(choices)


WEAVES: tuple[Choice, ...] = _parse_choices("""
    plain 平纹 Plain
    poplin 府绸 Poplin
    oxford 牛津纺 Oxford
    twill 斜纹 Twill
    denim 牛仔斜纹 Denim twill
    satin 缎纹 Satin
    canvas 帆布 Canvas
    herringbone 人字纹 Herringbone
    dobby 小提花 Dobby
    jacquard 大提花 Jacquard
    seersucker 泡泡纱 Seersucker
    gauze 绉纱 Crêpe gauze
    corduroy 灯芯绒 Corduroy
    velvet 绒类 Velvet
    jersey 汗布 Single jersey
    rib 罗纹 Rib
    pique 珠地 Piqué
    cable 绞花 Cable knit
    knit 针织 Plain knit
    terry 毛圈 Terry
    fleece 抓绒 Fleece
    sherpa 羊羔绒 Sherpa
    waffle 华夫格 Waffle
    mesh 网眼 Mesh
    lace 蕾丝 Lace
""")

PATTERNS: tuple[Choice, ...] = _parse_choices("""
    solid 素色 Solid
    stripe 条纹 Stripe
    check 格子 Check
    gingham 朝阳格 Gingham
    tartan 苏格兰格 Tartan
    houndstooth 千鸟格 Houndstooth
    floral 花卉 Floral
    leaf 枝叶 Foliage
    dots 波点 Dots
    geometric 几何 Geometric
    animal 动物纹 Animal
    cartoon 卡通 Children's
    ethnic 民族 Ethnic
    landscape 山水人物 Scenic
    abstract 抽象 Abstract
    tie-dye 扎染 Tie-dye
    camouflage 迷彩 Camouflage
    melange 花灰 Mélange
    figured 提花 Figured
""")

FINISHES: tuple[Choice, ...] = _parse_choices("""
    preshrunk 预缩 Pre-shrunk
    mercerised 丝光 Mercerised
    sanded 磨毛 Sanded
    enzyme 酵洗 Enzyme-washed
    garment-washed 水洗 Washed
    easy-care 免烫 Easy-care
    water-repellent 防泼水 Water-repellent
    antibacterial 抗菌 Antibacterial
    quick-dry 吸湿速干 Quick-dry
    uv 防晒 UV-protective
    brushed 拉毛 Brushed
    coated 涂层 Coated
    calendered 轧光 Calendered
    reactive-print 活性印花 Reactive-printed
    digital-print 数码印花 Digitally printed
    wax-resist 蜡染 Wax-resist
    plant-dyed 植物染 Plant-dyed
    yarn-dyed 色织 Yarn-dyed
    piece-dyed 匹染 Piece-dyed
""")

SEASONS: tuple[Choice, ...] = _parse_choices("""
    spring 春 Spring
    summer 夏 Summer
    autumn 秋 Autumn
    winter 冬 Winter
""")

USES: tuple[Choice, ...] = _parse_choices("""
    shirts 衬衫 Shirts
    dresses 连衣裙 Dresses
    skirts 半身裙 Skirts
    trousers 裤装 Trousers
    suits 西装 Suits
    coats 大衣 Coats
    jackets 夹克 Jackets
    tshirts T恤卫衣 T-shirts and sweats
    knitwear 毛衫 Knitwear
    sportswear 运动服 Sportswear
    childrenswear 童装 Childrenswear
    babywear 婴童装 Babywear
    underwear 内衣 Underwear and loungewear
    cheongsam 旗袍 Cheongsam
    uniforms 工装 Uniforms
    lining 里料 Lining
    bags 箱包 Bags
    bedding 床品 Bedding
    curtains 窗帘 Curtains
    upholstery 沙发套 Upholstery
    tables 桌布 Table linen
    scarves 围巾 Scarves
    crafts 手工拼布 Crafts
    sewing 缝制辅料 Sewing
""")

STRETCH: tuple[Choice, ...] = _parse_choices("""
    none 无弹 None
    slight 微弹 Slight
    two-way 两面弹 Two-way
    four-way 四面弹 Four-way
""")

SIZES: tuple[Choice, ...] = _parse_choices("""
    66 66 66
    73 73 73
    80 80 80
    90 90 90
    100 100 100
    110 110 110
    120 120 120
    130 130 130
    S S S
    M M M
    L L L
    XL XL XL
    XXL XXL XXL
    one-size 均码 One size
    150x200 1.5米床 1.5 m bed
    180x220 1.8米床 1.8 m bed
    45x45 45×45厘米 45 × 45 cm
    50x50 50×50厘米 50 × 50 cm
    34x75 34×75厘米 34 × 75 cm
    70x140 70×140厘米 70 × 140 cm
    140x180 140×180厘米 140 × 180 cm
    140x220 140×220厘米 140 × 220 cm
    200x260 200×260厘米 200 × 260 cm
    300x260 300×260厘米 300 × 260 cm
""")

STYLES: tuple[Choice, ...] = _parse_choices("""
    basic 基础 Basic
    commuter 通勤 Commuter
    casual 休闲 Casual
    sport 运动 Sport
    chinese 国风 Chinese
    country 田园 Country
    workwear 工装 Workwear
    minimal 简约 Minimal
    vintage 复古 Vintage
""")

GENDERS: tuple[Choice, ...] = _parse_choices("""
    women 女 Women
    men 男 Men
    unisex 男女同款 Unisex
    children 儿童 Children
    baby 婴儿 Babies
""")

FITS: tuple[Choice, ...] = _parse_choices("""
    slim 修身 Slim
    regular 合体 Regular
    loose 宽松 Loose
    oversize 落肩廓形 Oversized
""")

COLOURS: tuple[Choice, ...] = tuple(Choice(code, name) for code, name in FAMILIES.items())
FIBRE_CHOICES: tuple[Choice, ...] = tuple(Choice(code, name) for code, name in FIBRES.items())
COMPOSITIONS: tuple[Choice, ...] = tuple(Choice(blend.code, blend.name) for blend in BLENDS.values())
