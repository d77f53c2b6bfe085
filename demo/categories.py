"""The category tree; each leaf has the attributes of its products."""

from dataclasses import dataclass

from demo import attributes
from demo.attributes import ATTRIBUTES, Attribute
from demo.localized_string import LocalizedString


@dataclass(frozen=True, slots=True)
class Category:
    """A category. ``parent`` is the slug of the category above, empty at the top; ``zone`` the number of its top category."""

    slug: str
    name: LocalizedString
    parent: str
    attribute_codes: tuple[str, ...]
    zone: int

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """The attributes of products in this category; none for categories that are not leaves."""
        return tuple(ATTRIBUTES[code] for code in self.attribute_codes)

    @property
    def is_leaf(self) -> bool:
        """Whether products can be in this category."""
        return bool(self.attribute_codes)


# slug, Chinese, English; two spaces of indentation a level; the name after @ is the schema of a leaf
_TREE = """
cotton 棉布 Cotton
  yarn-dyed 色织布 Yarn-dyed cloth
    checks 格子布 Checks and ginghams @WOVEN
    stripes 条子布 Stripes @WOVEN
    chambray 青年布·牛津纺 Chambray and oxford @WOVEN
  cotton-dyed 染色棉布 Piece-dyed cotton
    poplin 府绸·细布 Poplin and sheeting @WOVEN
    twill 斜纹·卡其 Twill and drill @WOVEN
    canvas 帆布 Canvas @WOVEN
    corduroy 灯芯绒 Corduroy @WOVEN
    gauze 双层纱·泡泡纱 Double gauze and seersucker @WOVEN
linen-ramie 麻料 Linen and ramie
  linen 亚麻布 Linen @WOVEN
  ramie 苎麻·夏布 Ramie and grass cloth @WOVEN
  linen-blend 棉麻混纺 Cotton-linen blends @WOVEN
denim 牛仔 Denim
  rigid-denim 原色牛仔 Rigid denim @WOVEN
  stretch-denim 弹力牛仔 Stretch denim @WOVEN
knits 针织 Knits
  jersey 汗布·莱卡 Jersey @KNITTED
  rib 罗纹 Rib @KNITTED
  sweat 卫衣布·抓绒 Sweatshirt cloth and fleece @KNITTED
  pique 珠地·网眼 Piqué and mesh @KNITTED
  sweater-knit 毛织布 Sweater knits @KNITTED
synthetics 化纤 Synthetics
  chiffon 雪纺 Chiffon @WOVEN
  lining 里布 Lining @WOVEN
  technical 户外功能布 Outdoor cloth @WOVEN
  fake-fur 仿皮草·羊羔绒 Fake fur and sherpa @KNITTED
  lace-mesh 蕾丝·网纱 Lace and tulle @KNITTED
silk 丝绸 Silk
  silk-satin 素绉缎·真丝缎 Silk satin @WOVEN
  brocade 织锦·宋锦 Brocade @WOVEN
  velvet 丝绒 Velvet @WOVEN
prints 印花布 Prints
  cotton-prints 棉布印花 Printed cotton @WOVEN
  kids-prints 童趣印花 Children's prints @WOVEN
  silk-prints 丝绸印花 Printed silk and viscose @WOVEN
  resist-dyed 蓝印·蜡染·扎染 Blue calico, batik, tie-dye @WOVEN
woollens 毛呢 Woollens
  suiting 精纺毛料 Worsted suiting @WOVEN
  tweed 粗花呢 Tweed @WOVEN
  coating 大衣呢 Coating @WOVEN
trims 辅料 Trims
  buttons 纽扣 Buttons @TRIMMING
  zips 拉链 Zips @TRIMMING
  thread 缝纫线 Sewing thread @TRIMMING
  ribbons 织带·花边 Ribbon, elastic, edging @TRIMMING
  labels 商标吊牌 Woven labels @TRIMMING
apparel 成衣 Apparel
  womens 女装 Womenswear
    dresses 连衣裙·旗袍 Dresses and cheongsam @CLOTHING
    skirts 半身裙 Skirts @CLOTHING
    womens-tops 女式上衣 Women's tops @CLOTHING
  mens 男装 Menswear
    shirts 衬衫·T恤 Shirts and T-shirts @CLOTHING
    trousers 裤装 Trousers and jeans @CLOTHING
    outerwear 外套 Outerwear @CLOTHING
  childrens 童装 Childrenswear @CLOTHING
  accessories 围巾·袜品·布包 Scarves, socks, bags @CLOTHING
home 家纺 Home textiles
  bedding 床上用品 Bedding @HOME
  curtains 窗帘 Curtains @HOME
  cushions-throws 抱枕·盖毯 Cushions and throws @HOME
  kitchen-bath 毛巾·餐厨 Towels and table linen @HOME
"""


def _parse_tree() -> tuple[Category, ...]:
    categories: list[Category] = []
    ancestors: list[str] = []
    zone = 0
    for line in _TREE.strip().splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        zone += depth == 0
        names, _, schema = line.strip().partition(" @")
        slug, zh, en = names.split(" ", 2)
        ancestors[depth:] = [slug]
        codes: tuple[str, ...] = getattr(attributes, schema) if schema else ()
        categories.append(Category(slug, LocalizedString(zh, en), ancestors[depth - 1] if depth else "", codes, zone))
    return tuple(categories)


CATEGORIES: tuple[Category, ...] = _parse_tree()
BY_SLUG: dict[str, Category] = {category.slug: category for category in CATEGORIES}


def leaf_categories(slug: str = "") -> tuple[Category, ...]:
    """Return the leaves below a category (itself, if it is one), or of the whole tree."""
    return tuple(category for category in CATEGORIES if category.is_leaf and (not slug or slug in category_path(category.slug)))


def category_path(slug: str) -> tuple[str, ...]:
    """Return the slugs from the top of the tree to the category."""
    slugs: list[str] = []
    while slug:
        slugs.insert(0, slug)
        slug = BY_SLUG[slug].parent
    return tuple(slugs)
