"""The journey, step by step: each step is what one person does at one place."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from tests.journeys.pages import Person
from tests.journeys.planting import ADMIN, PASSWORD


def until(done: Callable[[], bool], *, seconds: float = 60, what: str = "") -> None:
    """Look again and again, as a person waiting would."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.4)


def register(person: Person, name: str, letter: Callable[[str], str]) -> None:
    """Three fields, the link in the letter, and one is in."""
    person.open("/register")
    person.fill("Login name", name)
    person.fill("E-mail", f"{name}@example.com")
    person.fill("Password", PASSWORD)
    person.press("Register")
    person.page.wait_for_url("**/registered")
    until(lambda: "/confirm/" in letter(f"{name}@example.com"), what="the letter")
    person.open(re.findall(r"http\S+/confirm/\S+", letter(f"{name}@example.com"))[0])
    person.press("Yes, confirm it")
    person.page.wait_for_url(lambda url: "/confirm/" not in url)


def sign_in_at_console(person: Person) -> None:
    """The market's own staff come by their own door."""
    person.open("/console/")
    person.fill("Login name or e-mail", ADMIN)
    person.fill("Password", PASSWORD)
    person.press("Sign in")
    person.page.wait_for_url(lambda url: "sign-in" not in url)


def licence(folder: Path) -> Path:
    """A picture of a business licence."""
    path = folder / "licence.png"
    Image.new("RGB", (600, 420), "#eee8d8").save(path, "PNG")
    return path


def apply(person: Person, *, slug: str, name: str, name_en: str, code: str, phone: str, folder: Path) -> None:
    """From the front page to the application that is handed in."""
    person.open("/")
    person.follow("Sell here")
    person.press("Begin the application")
    person.tick("Manufacturer")
    person.tick("Private enterprise")
    person.fill("Shop name in Chinese", name)
    person.fill("Shop name in English", name_en)
    person.fill("Address of the shop", slug)
    person.press("Save and go on")
    person.fill("Registered name", f"绍兴{name}纺织有限公司")
    person.fill("Unified social credit code", code)
    person.fill("Legal representative", "陈文慧")
    place(person)
    person.fill("Registered address", "轻纺城大道北联市场 2 区 318 号")
    person.press("Save and go on")
    person.fill("Contact person", "陈文慧")
    person.fill("Telephone", phone)
    person.fill("E-mail", f"{slug}@example.com")
    person.press("Save and go on")
    person.tick({"zh": "棉布", "en": "Cotton"}[person.language])
    person.fill("Introduction", "专做人棉、雪纺和全棉印花十八年，自有圆网、平网与数码印花线。")
    person.press("Save and go on")
    person.attach("Business licence", licence(folder))
    person.tick("I have read this and agree")
    person.press("Save and go on")
    person.press("Hand in the application")
    person.reads("We are reading your application")


def place(person: Person) -> None:
    """Keqiao in Shaoxing."""
    names = {"zh": ("浙江省", "绍兴市", "柯桥区"), "en": ("Zhejiang", "Shaoxing", "Keqiao")}[person.language]
    for label, name in zip(("Province", "City", "District"), names, strict=True):
        field = person.page.get_by_label(person.say(label), exact=True).first
        option = field.locator("option", has_text=name).first
        option.wait_for(state="attached")
        field.select_option(value=option.get_attribute("value"))


def ask_for_changes(admin: Person, name: str) -> None:
    """The market reads the application and marks a field."""
    admin.open("/console/")
    admin.follow("Applications")
    admin.follow(name)
    wish = {"zh": "请写到门牌号。", "en": "Please add the house number."}[admin.language]
    admin.fill("Comment on %(what)s", wish, what=admin.say("Registered address"))
    admin.press("Request changes")
    admin.page.wait_for_load_state("networkidle")


def make_changes(person: Person) -> None:
    """The applicant reads what is wanted, changes that, and hands in again."""
    person.open("/apply/")
    person.reads("Please change a few things")
    person.follow("Make the changes")
    person.fill("Registered address", "轻纺城大道北联市场 2 区 318 号 3 楼")
    person.press("Save and go on")
    person.open("/apply/")
    person.follow("Check and hand in")
    person.press("Hand in the application")
    person.reads("We are reading your changes")


def approve(admin: Person, name: str) -> None:
    """The market admits the merchant."""
    admin.open("/console/applications/")
    admin.follow(name)
    admin.press("Approve and open the shop")
    admin.page.wait_for_load_state("networkidle")


def enter_desk(person: Person) -> None:
    """Welcomed, the merchant goes to its desk."""
    person.open("/apply/")
    person.reads("Welcome: your shop is open")
    person.follow("To my desk")
    if "sign-in" in person.page.url:
        button = person.page.locator("form[action*=continue] button")
        button.click()
        person.page.wait_for_url(lambda url: "/desk/" in url and "sign-in" not in url)


def set_up_shop(person: Person, slug: str) -> None:
    """Colour, words, contact; then a look at it from outside."""
    person.open(f"/desk/{slug}/")
    person.follow("Shop", within="nav")
    person.page.get_by_label(person.say("Accent colour")).first.fill("#7a2f5d")
    person.fill("Announcement in Chinese", "秋冬新样已上架")
    person.fill("Announcement in English", "New patterns for autumn")
    person.fill("Introduction in Chinese", "专做人棉、雪纺和全棉印花十八年。")
    person.fill("Introduction in English", "Printed cotton and rayon for eighteen years.")
    person.press("Save")
    person.follow("Visit the shop")
    person.reads({"zh": "秋冬新样已上架", "en": "New patterns for autumn"}[person.language])


def open_warehouse(person: Person, slug: str) -> None:
    """A place where goods lie."""
    person.open(f"/desk/{slug}/stock/places")
    person.fill("Name of the warehouse", {"zh": "柯桥仓", "en": "Keqiao warehouse"}[person.language])
    person.press("Add")


HEADINGS = "货号,标题,title,单价,类目,单位,库存,克,描述,description"
DESCRIPTION = "<p>精梳棉府绸，40支纱线，手感柔软，适合衬衫与连衣裙，可按样品染色，支持小批量打样与定织。</p>"
ENGLISH = "<p>Combed cotton poplin of forty count yarn, soft to the hand, for shirts and dresses; dyed to sample.</p>"


def table_of(folder: Path, sku: str, names: tuple[str, str], price: str, stock: int) -> Path:
    """What the merchant's own system exports."""
    path = folder / f"{sku}.csv"
    row = f'{sku},{names[0]},{names[1]},{price},cotton,metre,{stock},220,"{DESCRIPTION}","{ENGLISH}"'
    path.write_text(f"{HEADINGS}\n{row}\n", "utf-8")
    return path


def import_goods(person: Person, slug: str, table: Path) -> None:
    """Send the table, look at what it would do, let it in."""
    person.open(f"/desk/{slug}/")
    person.follow("Import", within="nav")
    person.attach("File", table)
    person.press("Send and match the columns")
    warehouse = person.page.get_by_label(person.say("Warehouse for the stock column"))
    warehouse.select_option(index=1)
    person.press("Check every row")
    person.reads("Every row can be imported.")
    person.press("Import now")
    person.reads("The table is imported.")


def cloth(folder: Path, name: str) -> Path:
    """A picture of the goods."""
    path = folder / f"{name}.png"
    image = Image.effect_noise((900, 900), 40).convert("RGB")
    image.save(path, "PNG")
    return path


def complete_goods(person: Person, slug: str, title: str, picture: Path) -> None:
    """What the table did not bring: a picture, and what it is made of. Then the market may look at it."""
    person.open(f"/desk/{slug}/")
    person.follow("Products", within="nav")
    person.follow(title, within="main")
    person.tick({"zh": "棉", "en": "Cotton"}[person.language])
    person.attach("Add pictures", picture)
    person.press("Save")
    person.reads("Everything that the market asks for is there.")
    person.press("Submit for review")
    person.reads("In review")


def approve_goods(admin: Person, title: str) -> None:
    """The market puts them on the shelf."""
    admin.open("/console/")
    admin.follow("Products", within="nav")
    admin.follow(title, within="main")
    admin.press("Approve")
    admin.page.wait_for_load_state("networkidle")


def find(person: Person, words: str) -> None:
    """Search until the goods are there: the index follows the shelf by a moment."""

    def found() -> bool:
        person.open("/")
        person.page.get_by_role("combobox", name=person.say("Search"), exact=True).locator("visible=true").first.fill(words)
        person.page.keyboard.press("Enter")
        person.page.wait_for_url("**/search**")
        return person.page.locator("main").get_by_role("link", name=words).count() > 0

    until(found, what=f"{words} to be found")
    person.follow(words, within="main")


def put_into_cart(person: Person, quantity: str) -> None:
    """So much of what is on the page."""
    person.page.locator("main input[name=quantity]").fill(quantity)
    person.press("Add to cart")
    person.page.wait_for_load_state("networkidle")


def check_out(person: Person) -> None:
    """From the cart to the cash desk and back, paid."""
    person.open("/cart")
    person.press("Check out")
    person.page.wait_for_url("**/checkout")
    person.fill("Receiver", "王经理")
    person.fill("Telephone", "13805718866")
    place(person)
    person.fill("Street and number", "仓前街道 88 号")
    person.press("Order and pay")
    person.page.wait_for_url("**/pay/**")
    pay = person.say("Pay %(price)s").split("%")[0].strip()
    person.page.get_by_role("button", name=re.compile(f"^{pay} ?¥")).click()
    person.page.wait_for_url("**/pay/back**")
    person.reads("Paid. Thank you: the merchants begin now.")


ORDER = re.compile(r"\d{8}-\d{4}-\w{5}-\d")


def order_numbers(person: Person) -> list[str]:
    """One for each merchant."""
    person.open("/orders")
    return sorted(set(ORDER.findall(person.text())))


def desk_orders(person: Person, slug: str) -> list[str]:
    """What came in."""
    person.open(f"/desk/{slug}/")
    person.follow("Orders", within="nav")
    return sorted(set(ORDER.findall(person.text())))


def review(person: Person, slug: str, number: str) -> None:
    """Order, finance, outbound: everything that stands before the carrier."""
    for step in ("Pass the order review", "Pass the finance review", "Release to the warehouse"):
        person.open(f"/desk/{slug}/orders/{number}")
        person.press(step)
        person.page.wait_for_load_state("networkidle")


def ship(person: Person, slug: str, number: str, tracking: str, quantity: str | None = None) -> None:
    """Hand a parcel over: everything that is left, or so much of it."""
    person.open(f"/desk/{slug}/orders/{number}")
    person.page.locator(f"a[href*='/parcels/ship/{number}']").locator("visible=true").first.click()
    person.page.wait_for_url("**/parcels/ship/**")
    if quantity:
        person.page.locator("main table").get_by_role("textbox").first.fill(quantity)
    person.page.get_by_label(person.say("Carrier"), exact=True).first.select_option(value="sf")
    person.fill("Tracking number", tracking)
    person.press("Hand over to the carrier")
    person.page.wait_for_url(f"**/orders/{number}")


def report_arrival(person: Person, slug: str, tracking: str) -> None:
    """The merchant notes that the parcel was handed over."""
    person.open(f"/desk/{slug}/parcels/")
    person.follow(tracking, within="main")
    person.page.get_by_label(person.say("What happened?")).first.select_option(value="delivered")
    person.fill("Where?", "杭州仓前")
    person.press("Note")
    person.page.wait_for_load_state("networkidle")


def confirm_receipt(person: Person, number: str) -> None:
    """The buyer has everything; the merchant is paid."""
    person.open(f"/orders/{number}")
    person.press("Confirm receipt")
    person.page.locator("dialog[open] button[value=yes]").click()
    person.page.locator("#receipt").wait_for(state="detached")
    assert person.say("Finished") in person.text()


AMOUNT = re.compile(r"([−-]?)¥([\d,]+\.\d\d)")


def cents(text: str) -> list[int]:
    """Every sum of money in a text."""
    return [int(figures.replace(",", "").replace(".", "")) * (-1 if sign else 1) for sign, figures in AMOUNT.findall(text)]


def standing(person: Person, slug: str) -> tuple[int, int]:
    """What a merchant's money page says: available, held."""
    person.open(f"/desk/{slug}/")
    person.follow("Balance and statement", within="nav")
    available, held = cents(person.text())[:2]
    return available, held


def closing(person: Person, slug: str, account: str) -> int:
    """The last sum of a merchant's statement: what the lines come to."""
    person.open(f"/desk/{slug}/money/?account={account}")
    head = person.page.locator("dl", has_text=person.say("Closing")).first.inner_text()
    return cents(head)[-1]


def balances(admin: Person) -> dict[str, int]:
    """The balance of every account of the market's trial balance, by its words."""
    admin.open("/console/")
    admin.follow("Ledger", within="nav")
    rows = admin.page.locator("table").first.locator("tbody tr").all_inner_texts()
    return {row.split("\t")[0].strip(): cents(row)[-1] for row in rows if cents(row)}
