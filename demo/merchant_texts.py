"""Names, addresses and introductions of the merchants."""

from dataclasses import dataclass

from demo.localized_string import LocalizedString


@dataclass(frozen=True, slots=True)
class MerchantText:
    """Names, address, brand, introduction and announcement of a merchant."""

    name: LocalizedString
    legal_name: str
    address: str
    brand: LocalizedString
    introduction: LocalizedString
    announcement: LocalizedString


MERCHANT_TEXTS: dict[str, MerchantText] = {
    "jinlan": MerchantText(
        LocalizedString("锦澜印花", "Jinlan Prints"),
        "绍兴柯桥锦澜印染织造有限公司",
        "柯桥区轻纺城大道北联市场2区318号",
        LocalizedString("锦澜", "Jinlan"),
        LocalizedString(
            "专做人棉、雪纺和全棉印花二十年，自有圆网、平网与数码印花线，年开发新花型两千余个。"
            "花稿可改色、可缩放，500 米起做您的专属花型。",
            "Twenty years of printing on viscose, chiffon and cotton, with our own rotary, "
            "flat-screen and digital lines and some two thousand new designs a year. We recolour and "
            "rescale artwork; your own design from 500 metres.",
        ),
        LocalizedString(
            "秋冬新花型已上架 120 款，色卡免费寄送。", "120 new designs for autumn and winter are in; shade cards are free."
        ),
    ),
    "qinghua": MerchantText(
        LocalizedString("青花布艺社", "Qinghua Blue Calico"),
        "南通通州青花蓝印布艺专业合作社",
        "通州区二甲镇余西古镇老街26号",
        LocalizedString("青花", "Qinghua"),
        LocalizedString(
            "三十多户染坊合办的蓝印花布合作社，刻版、刮浆、靛染、晾晒全靠手工。布面留有手工的深浅，正是它的味道。",
            "A co-operative of some thirty dye houses. Stencils, paste resist, indigo vats and sun: "
            "all by hand. No two lengths are quite the same shade, and that is the point.",
        ),
        LocalizedString(
            "梅雨季晾晒较慢，交期请多留三天。", "Drying takes longer in the rainy season; please allow three more days."
        ),
    ),
    "junhui": MerchantText(
        LocalizedString("均辉牛仔", "Junhui Denim"),
        "佛山市顺德区均辉牛仔织造有限公司",
        "顺德区均安镇畅兴工业区创业路9号",
        LocalizedString("均辉", "Junhui"),
        LocalizedString(
            "从浆染到织造一条龙，竹节、弹力、赤耳牛仔常备现货八十余款。片染靛蓝，色牢度达四级，可配合洗水厂打样。",
            "From rope to loom under one roof: over eighty slub, stretch and selvedge denims in "
            "stock, indigo of fastness grade 4, and samples washed with the laundries next door.",
        ),
        LocalizedString("赤耳原色牛仔到货，单色 50 米起。", "Selvedge rigid denim is back, from 50 metres a shade."),
    ),
    "yurong": MerchantText(
        LocalizedString("虞绒针纺", "Yurong Pile"),
        "常熟市虞绒针纺织有限公司",
        "常熟市海虞镇绒都路88号",
        LocalizedString("虞绒", "Yurong"),
        LocalizedString(
            "常熟绒类面料老厂，生产摇粒绒、羊羔绒、灯芯绒和丝绒，经编圆机一百二十台。秋冬大货月产三百吨。",
            "An old pile-cloth mill of Changshu: polar fleece, sherpa, corduroy and velvet from 120 "
            "machines, three hundred tons a month in season.",
        ),
        LocalizedString("双十二前下单的大货，十二月内发齐。", "Bulk orders placed before 12 December ship within the month."),
    ),
    "chengmao": MerchantText(
        LocalizedString("澄毛集团", "Chengmao Woollens"),
        "江阴澄毛精纺集团有限公司",
        "江阴市周庄镇毛纺路1号",
        LocalizedString("澄毛", "Chengmao"),
        LocalizedString(
            "国有精纺企业，毛条、染色、纺纱、织造、后整理齐全，供应职业装与西装面料三十余年。提供批次检测报告。",
            "A state-owned worsted mill with every step from tops to finishing, supplying uniforms "
            "and suitings for over thirty years. A test report comes with each lot.",
        ),
        LocalizedString(
            "行业制服招标项目可提供授权与质检文件。", "Authorisations and test papers for uniform tenders are available."
        ),
    ),
    "tiaoxi": MerchantText(
        LocalizedString("苕溪丝绸", "Tiaoxi Silk"),
        "湖州苕溪丝绸股份有限公司",
        "吴兴区织里镇丝绸小镇辑里路66号",
        LocalizedString("苕溪", "Tiaoxi"),
        LocalizedString(
            "湖州辑里丝的传人，缫丝织绸四十余年。素绉缎、电力纺、双绉现货常备，姆米数足，练染稳定。",
            "Heirs of the Jili silk of Huzhou, reeling and weaving for over forty years. Satin crêpe, "
            "habotai and crêpe de Chine of full momme weight, always in stock.",
        ),
        LocalizedString("19 姆米素绉缎新增 12 色。", "Twelve new shades of 19-momme satin crêpe."),
    ),
    "shaxi": MerchantText(
        LocalizedString("溪针成衣", "Xizhen Apparel"),
        "中山市溪针服饰有限公司",
        "中山市沙溪镇宝珠工业区隆兴路12号",
        LocalizedString("溪针", "Xizhen"),
        LocalizedString(
            "港资针织成衣厂，T恤、POLO、卫衣一条龙，吊挂流水线六条，支持来图来样和小单快返。",
            "A Hong Kong-invested knitwear maker: T-shirts, polos and sweats on six hanging lines, to "
            "your design or ours, quick repeats in small lots.",
        ),
        LocalizedString("空白版 T 恤全码现货，当天发货。", "Blank T-shirts in every size, shipped the same day."),
    ),
    "danzhai": MerchantText(
        LocalizedString("阿婆蜡染坊", "Grandma's Batik"),
        "丹寨县阿婆蜡染工坊",
        "丹寨县扬武镇排莫村2组",
        LocalizedString("阿婆", "Apo"),
        LocalizedString(
            "排莫村苗家手绘蜡染，铜刀蘸蜡、蓝靛浸染，鸟纹、涡旋纹都是祖辈传下的样子。每一匹都有绘者的名字。",
            "Hand-drawn Miao batik from Paimo village: wax from a copper knife, vats of plant indigo, "
            "birds and whorls as grandmothers drew them. Every length carries its maker's name.",
        ),
        LocalizedString(
            "绘者农忙，手绘大幅请提前二十天预订。", "The makers are at harvest; please order large pieces twenty days ahead."
        ),
    ),
    "gangtang": MerchantText(
        LocalizedString("港塘辅料", "Gangtang Trims"),
        "石狮市港塘服饰辅料有限公司",
        "石狮市灵秀镇服装城B区1层105号",
        LocalizedString("港塘", "Gangtang"),
        LocalizedString(
            "纽扣、拉链、织带、商标一站配齐，服装城里的辅料超市，库存一万两千个规格，另有男装外套现货批发。",
            "Buttons, zips, tapes and labels in one place: twelve thousand articles on the shelves, "
            "and men's outerwear wholesale besides.",
        ),
        LocalizedString("满 800 元全国包邮（偏远地区除外）。", "Free delivery above ¥800, remote regions excepted."),
    ),
    "qimian": MerchantText(
        LocalizedString("齐棉纺织", "Qimian Cotton"),
        "潍坊齐棉纺织有限公司",
        "寒亭区开元街道纺织路168号",
        LocalizedString("齐棉", "Qimian"),
        LocalizedString(
            "喷气织机六百台，专做全棉色织与染色衬衫布、工装布，40 支到 100 支齐全。来样分析当天出工艺单。",
            "Six hundred air-jet looms for yarn-dyed and piece-dyed shirting and workwear cotton, "
            "from 40s to 100s. Send a sample and have the specification the same day.",
        ),
        LocalizedString("色织格子春夏新品开放预订。", "Yarn-dyed checks for spring are open for order."),
    ),
    "ruibu": MerchantText(
        LocalizedString("瑞布行", "Ruibu Fabrics"),
        "广州市海珠区瑞布行纺织品有限公司",
        "海珠区瑞康路中大纺织品交易园A座2076",
        LocalizedString("瑞布", "Ruibu"),
        LocalizedString(
            "中大布匹市场现货商，花布、蕾丝、针织三千余款，散剪大货都做，拍照找布半天有回音。",
            "A stock house in Guangzhou's Zhongda market: three thousand prints, laces and knits, cut "
            "or by the roll. Send a photo and we find the cloth in half a day.",
        ),
        LocalizedString("广州同城下午四点前下单当日送达。", "Orders from Guangzhou before four o'clock arrive the same day."),
    ),
    "shenwei": MerchantText(
        LocalizedString("申纬国际面料", "Shenwei International"),
        "上海申纬国际贸易有限公司",
        "闵行区七宝镇中春路7001号C座502",
        LocalizedString("申纬", "Shenwei"),
        LocalizedString(
            "代理日本功能面料与意大利风格毛料，提供色卡、样布、第三方检测。为品牌公司做季前开发。",
            "Agents for Japanese performance cloth and woollens of Italian taste, with shade cards, "
            "sample lengths and third-party tests; we develop ahead of season for brands.",
        ),
        LocalizedString("2027 春夏样册可预约。", "The spring 2027 books can be reserved."),
    ),
    "fanying": MerchantText(
        LocalizedString("帆影化纤", "Fanying Synthetics"),
        "苏州帆影纺织科技有限公司",
        "吴江区盛泽镇东方丝绸市场商区A12",
        LocalizedString("帆影", "Fanying"),
        LocalizedString(
            "盛泽喷水织造，春亚纺、塔丝隆、雪纺、里布常备，防泼水、涂层、压胶一次完成。",
            "Water-jet weaving in Shengze: pongee, taslan, chiffon and linings in stock; repellent, "
            "coated and laminated in one go.",
        ),
        LocalizedString("户外季，三防塔丝隆现货二十色。", "Outdoor season: repellent taslan in twenty shades, ready."),
    ),
    "yangshe": MerchantText(
        LocalizedString("羊舍毛衫", "Yangshe Knitwear"),
        "桐乡市濮院羊舍毛衫有限公司",
        "桐乡市濮院镇毛衫城7号楼1201",
        LocalizedString("羊舍", "Yangshe"),
        LocalizedString(
            "濮院毛衫城自选版，羊毛、羊绒、棉线毛织成衣与毛织布都有，细针粗针两百余款。",
            "Our own styles from the knitwear town of Puyuan: wool, cashmere and cotton sweaters and "
            "sweater cloth, two hundred of them, fine and coarse.",
        ),
        LocalizedString(
            "新到羊毛绞花开衫，支持混色混码批发。", "Wool cable cardigans have come in; colours and sizes may be mixed."
        ),
    ),
    "mianshan": MerchantText(
        LocalizedString("眠山家纺", "Mianshan Home"),
        "南通眠山家用纺织品有限公司",
        "海门区三星镇叠石桥家纺城A3-218",
        LocalizedString("眠山", "Mianshan"),
        LocalizedString(
            "床品、窗帘、抱枕自裁自缝，长绒棉、天丝、水洗棉三大系列，工厂直供酒店与民宿。",
            "Bedding, curtains and cushions cut and sewn in-house in long-staple cotton, lyocell and "
            "washed cotton; direct to hotels and guest houses.",
        ),
        LocalizedString("民宿套餐：二十套起享工程价。", "Guest houses: project prices from twenty sets."),
    ),
    "zhenxian": MerchantText(
        LocalizedString("针线铺子", "The Notions Corner"),
        "义乌市稠城针线铺子",
        "义乌市国际商贸城四区3街32号",
        LocalizedString("针线", "Zhenxian"),
        LocalizedString(
            "夫妻店，卖线、卖扣、卖花边，一包起卖，手工爱好者和改衣店的老朋友。",
            "A couple's stall of thread, buttons and edging, from a single pack: an old friend of makers and menders.",
        ),
        LocalizedString("每天下午三点打包，赶得上当天的快递。", "Parcels are packed at three and leave the same day."),
    ),
    "rongchang": MerchantText(
        LocalizedString("荣昌夏布坊", "Rongchang Grass Cloth"),
        "重庆市荣昌区昌元夏布坊",
        "荣昌区昌元街道夏布小镇15号",
        LocalizedString("昌元", "Changyuan"),
        LocalizedString(
            "苎麻手工绩纱、腰机织布，细如丝、凉似水。也供机织亚麻与苎麻棉，做衣做帘皆宜。",
            "Ramie joined by hand and woven on back-strap looms, fine as silk and cool as water; "
            "machine-woven linen and ramie-cotton too, for clothes and blinds.",
        ),
        LocalizedString(
            "手工夏布每月只出三十匹，先到先得。", "Only thirty pieces of hand-woven cloth a month; first come, first served."
        ),
    ),
    "gaoyang": MerchantText(
        LocalizedString("高阳毛巾社", "Gaoyang Towels"),
        "高阳县白洋毛巾专业合作社",
        "高阳县庞口镇纺织园区6号",
        LocalizedString("白洋", "Baiyang"),
        LocalizedString(
            "毛巾之乡的合作社，纱厂、织厂、染厂一条街，毛巾、浴巾、餐厨布、盖毯可绣字提花。",
            "A co-operative in the town of towels; spinning, weaving and dyeing along one street. "
            "Towels, kitchen cloth and throws, embroidered or jacquard-woven to order.",
        ),
        LocalizedString("酒店 16 支毛巾现货，五百条起绣字。", "Hotel towels in stock; embroidery from 500 pieces."),
    ),
    "zhili": MerchantText(
        LocalizedString("织里小筑", "Zhili Kids"),
        "湖州织里小筑童装有限公司",
        "吴兴区织里镇中国童装城二期1-066",
        LocalizedString("小筑", "Xiaozhu"),
        LocalizedString(
            "织里童装城档口，婴童连体衣、童装与童趣花布，A 类面料，码段 66 到 130。",
            "A stand in Zhili's children's market: rompers, children's clothes and prints for them, "
            "class A cloth, sizes 66 to 130.",
        ),
        LocalizedString("新生儿系列改用有机棉，价格不变。", "The newborn range is now organic cotton, at the same price."),
    ),
    "tinghe": MerchantText(
        LocalizedString("听荷女装", "Tinghe Womenswear"),
        "杭州听荷服饰有限公司",
        "上城区四季青意法大厦5楼5018",
        LocalizedString("听荷", "Tinghe"),
        LocalizedString(
            "代理六个设计师品牌的国风与通勤女装，连衣裙、旗袍、半裙一手货，周三周六上新。",
            "Agents for six designers of Chinese-style and commuter womenswear: dresses, cheongsams "
            "and skirts at first hand, new on Wednesdays and Saturdays.",
        ),
        LocalizedString("新中式提花旗袍到货，支持十件混批。", "Jacquard cheongsams are in; ten pieces, mixed."),
    ),
    "songjin": MerchantText(
        LocalizedString("宋锦阁", "Songjin Pavilion"),
        "苏州市吴江区宋锦阁丝织工作室",
        "吴江区盛泽镇先蚕路31号",
        LocalizedString("宋锦阁", "Songjinge"),
        LocalizedString(
            "小型织锦工作室，仿宋锦纹样，适合书画装裱、箱包和旗袍。",
            "A small studio weaving brocade after Song patterns for mountings, bags and cheongsams.",
        ),
        LocalizedString("正在申请入驻。", "Applying to join the market."),
    ),
    "heting": MerchantText(
        LocalizedString("禾亭棉麻", "Heting Cotton and Linen"),
        "昌邑市禾亭棉麻纺织有限公司",
        "昌邑市柳疃镇丝绸路20号",
        LocalizedString("禾亭", "Heting"),
        LocalizedString(
            "棉麻混纺与本色帆布织厂，剑杆织机一百六十台。",
            "A mill for cotton-linen blends and grey canvas with 160 rapier looms.",
        ),
        LocalizedString("正在申请入驻。", "Applying to join the market."),
    ),
    "jinbu": MerchantText(
        LocalizedString("锦步袜业", "Jinbu Socks"),
        "诸暨市锦步针织有限公司",
        "诸暨市大唐街道轻纺路77号",
        LocalizedString("锦步", "Jinbu"),
        LocalizedString(
            "大唐袜业工厂，精梳棉短袜、中筒袜，月产八十万双。",
            "A Datang sock mill: combed-cotton socks, eight hundred thousand pairs a month.",
        ),
        LocalizedString("资料补充中。", "Completing the papers."),
    ),
}
