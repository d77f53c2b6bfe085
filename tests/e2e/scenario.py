"""Steps of the order scenario, each performed by one user."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from tests.e2e.browser_user import BrowserUser
from tests.e2e.seed import ADMIN, PASSWORD


def wait_until(condition: Callable[[], bool], *, seconds: float = 60, description: str = "") -> None:
    """Poll until the condition holds; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {description}"
        time.sleep(0.4)


def register(person: BrowserUser, name: str, latest_email: Callable[[str], str]) -> None:
    """Register an account and confirm its e-mail address."""
    person.goto("/register")
    person.fill_field("Login name", name)
    person.fill_field("E-mail", f"{name}@example.com")
    person.fill_field("Password", PASSWORD)
    person.click_button("Register")
    person.page.wait_for_url("**/registered")
    wait_until(lambda: "/confirm/" in latest_email(f"{name}@example.com"), description="the confirmation e-mail")
    person.goto(re.findall(r"http\S+/confirm/\S+", latest_email(f"{name}@example.com"))[0])
    person.click_button("Yes, confirm it")
    person.page.wait_for_url(lambda url: "/confirm/" not in url)


def sign_in_at_console(person: BrowserUser) -> None:
    """Sign in to the console as platform staff."""
    person.goto("/console/")
    person.fill_field("Login name or e-mail", ADMIN)
    person.fill_field("Password", PASSWORD)
    person.click_button("Sign in")
    person.page.wait_for_url(lambda url: "sign-in" not in url)


def create_licence_image(folder: Path) -> Path:
    """Create a picture of a business licence."""
    path = folder / "licence.png"
    Image.new("RGB", (600, 420), "#eee8d8").save(path, "PNG")
    return path


def submit_application(person: BrowserUser, *, slug: str, name: str, name_en: str, code: str, phone: str, folder: Path) -> None:
    """Fill in and submit a merchant application, starting at the home page."""
    person.goto("/")
    person.click_link("Sell here")
    person.click_button("Begin the application")
    person.check("Manufacturer")
    person.check("Private enterprise")
    person.fill_field("Shop name in Chinese", name)
    person.fill_field("Shop name in English", name_en)
    person.fill_field("Address of the shop", slug)
    person.click_button("Save and go on")
    person.fill_field("Registered name", f"绍兴{name}纺织有限公司")
    person.fill_field("Unified social credit code", code)
    person.fill_field("Legal representative", "陈文慧")
    select_region(person)
    person.fill_field("Registered address", "轻纺城大道北联市场 2 区 318 号")
    person.click_button("Save and go on")
    person.fill_field("Contact person", "陈文慧")
    person.fill_field("Telephone", phone)
    person.fill_field("E-mail", f"{slug}@example.com")
    person.click_button("Save and go on")
    person.check({"zh": "棉布", "en": "Cotton"}[person.language])
    person.fill_field("Introduction", "专做人棉、雪纺和全棉印花十八年，自有圆网、平网与数码印花线。")
    person.click_button("Save and go on")
    person.upload_file("Business licence", create_licence_image(folder))
    person.check("I have read this and agree")
    person.click_button("Save and go on")
    person.click_button("Hand in the application")
    person.wait_for_text("We are reading your application")


def select_region(person: BrowserUser) -> None:
    """Select the district Keqiao in Shaoxing."""
    names = {"zh": ("浙江省", "绍兴市", "柯桥区"), "en": ("Zhejiang", "Shaoxing", "Keqiao")}[person.language]
    for label, name in zip(("Province", "City", "District"), names, strict=True):
        field = person.page.get_by_label(person.translate(label), exact=True).first
        option = field.locator("option", has_text=name).first
        option.wait_for(state="attached")
        field.select_option(value=option.get_attribute("value"))


def request_application_changes(admin: BrowserUser, name: str) -> None:
    """Comment on a field of an application and request changes."""
    admin.goto("/console/")
    admin.click_link("Applications")
    admin.click_link(name)
    comment = {"zh": "请写到门牌号。", "en": "Please add the house number."}[admin.language]
    admin.fill_field("Comment on %(what)s", comment, what=admin.translate("Registered address"))
    admin.click_button("Request changes")
    admin.page.wait_for_load_state("networkidle")


def revise_application(person: BrowserUser) -> None:
    """Make the requested change and submit the application again."""
    person.goto("/apply/")
    person.wait_for_text("Please change a few things")
    person.click_link("Make the changes")
    person.fill_field("Registered address", "轻纺城大道北联市场 2 区 318 号 3 楼")
    person.click_button("Save and go on")
    person.goto("/apply/")
    person.click_link("Check and hand in")
    person.click_button("Hand in the application")
    person.wait_for_text("We are reading your changes")


def approve_application(admin: BrowserUser, name: str) -> None:
    """Approve an application."""
    admin.goto("/console/applications/")
    admin.click_link(name)
    admin.click_button("Approve and open the shop")
    admin.page.wait_for_load_state("networkidle")


def open_desk(person: BrowserUser) -> None:
    """Open the desk from the page of the approved application."""
    person.goto("/apply/")
    person.wait_for_text("Welcome: your shop is open")
    person.click_link("To my desk")
    if "sign-in" in person.page.url:
        button = person.page.locator("form[action*=continue] button")
        button.click()
        person.page.wait_for_url(lambda url: "/desk/" in url and "sign-in" not in url)


def configure_shop(person: BrowserUser, slug: str) -> None:
    """Set the accent color and the texts of the shop, then visit it."""
    person.goto(f"/desk/{slug}/")
    person.click_link("Shop", within="nav")
    person.page.get_by_label(person.translate("Accent colour")).first.fill("#7a2f5d")
    person.fill_field("Announcement in Chinese", "秋冬新样已上架")
    person.fill_field("Announcement in English", "New patterns for autumn")
    person.fill_field("Introduction in Chinese", "专做人棉、雪纺和全棉印花十八年。")
    person.fill_field("Introduction in English", "Printed cotton and rayon for eighteen years.")
    person.click_button("Save")
    person.click_link("Visit the shop")
    person.wait_for_text({"zh": "秋冬新样已上架", "en": "New patterns for autumn"}[person.language])


def create_warehouse(person: BrowserUser, slug: str) -> None:
    """Add a warehouse."""
    person.goto(f"/desk/{slug}/stock/places")
    person.fill_field("Name of the warehouse", {"zh": "柯桥仓", "en": "Keqiao warehouse"}[person.language])
    person.click_button("Add")


HEADINGS = "货号,标题,title,单价,类目,单位,库存,克,描述,description"
DESCRIPTION = "<p>精梳棉府绸，40支纱线，手感柔软，适合衬衫与连衣裙，可按样品染色，支持小批量打样与定织。</p>"
ENGLISH = "<p>Combed cotton poplin of forty count yarn, soft to the hand, for shirts and dresses; dyed to sample.</p>"


def write_product_csv(folder: Path, sku: str, names: tuple[str, str], price: str, stock: int) -> Path:
    """Write the export of a merchant system as a CSV file."""
    path = folder / f"{sku}.csv"
    row = f'{sku},{names[0]},{names[1]},{price},cotton,metre,{stock},220,"{DESCRIPTION}","{ENGLISH}"'
    path.write_text(f"{HEADINGS}\n{row}\n", "utf-8")
    return path


def import_products(person: BrowserUser, slug: str, table: Path) -> None:
    """Upload a table, check it and import it."""
    person.goto(f"/desk/{slug}/")
    person.click_link("Import", within="nav")
    person.upload_file("File", table)
    person.click_button("Send and match the columns")
    warehouse = person.page.get_by_label(person.translate("Warehouse for the stock column"))
    warehouse.select_option(index=1)
    person.click_button("Check every row")
    person.wait_for_text("Every row can be imported.")
    person.click_button("Import now")
    person.wait_for_text("The table is imported.")


def create_product_image(folder: Path, name: str) -> Path:
    """Create a product picture."""
    path = folder / f"{name}.png"
    image = Image.effect_noise((900, 900), 40).convert("RGB")
    image.save(path, "PNG")
    return path


def complete_product(person: BrowserUser, slug: str, title: str, image: Path) -> None:
    """Add the picture and the composition that the table lacks, and submit the product for review."""
    person.goto(f"/desk/{slug}/")
    person.click_link("Products", within="nav")
    person.click_link(title, within="main")
    person.check({"zh": "棉", "en": "Cotton"}[person.language])
    person.upload_file("Add pictures", image)
    person.click_button("Save")
    person.wait_for_text("Everything that the market asks for is there.")
    person.click_button("Submit for review")
    person.wait_for_text("In review")


def approve_product(admin: BrowserUser, title: str) -> None:
    """Approve a product at the console."""
    admin.goto("/console/")
    admin.click_link("Products", within="nav")
    admin.click_link(title, within="main")
    admin.click_button("Approve")
    admin.page.wait_for_load_state("networkidle")


def search_and_open(person: BrowserUser, title: str) -> None:
    """Search until the product is found, because the index is updated with a delay, and open it."""

    def is_found() -> bool:
        person.goto("/")
        person.page.get_by_role("combobox", name=person.translate("Search"), exact=True).locator("visible=true").first.fill(
            title
        )
        person.page.keyboard.press("Enter")
        person.page.wait_for_url("**/search**")
        return person.page.locator("main").get_by_role("link", name=title).count() > 0

    wait_until(is_found, description=f"{title} to be found")
    person.click_link(title, within="main")


def add_to_cart(person: BrowserUser, quantity: str) -> None:
    """Add a quantity of the displayed product to the cart."""
    person.page.locator("main input[name=quantity]").fill(quantity)
    person.click_button("Add to cart")
    person.page.wait_for_load_state("networkidle")


def checkout_and_pay(person: BrowserUser) -> None:
    """Check out the cart and pay at the gateway."""
    person.goto("/cart")
    person.click_button("Check out")
    person.page.wait_for_url("**/checkout")
    person.fill_field("Receiver", "王经理")
    person.fill_field("Telephone", "13805718866")
    select_region(person)
    person.fill_field("Street and number", "仓前街道 88 号")
    person.click_button("Order and pay")
    person.page.wait_for_url("**/pay/**")
    pay_label = person.translate("Pay %(price)s").split("%")[0].strip()
    person.page.get_by_role("button", name=re.compile(f"^{pay_label} ?¥")).click()
    person.page.wait_for_url("**/pay/back**")
    person.wait_for_text("Paid. Thank you: the merchants begin now.")


ORDER_NUMBER = re.compile(r"\d{8}-\d{4}-\w{5}-\d")


def list_buyer_orders(person: BrowserUser) -> list[str]:
    """Return the order numbers of the buyer."""
    person.goto("/orders")
    return sorted(set(ORDER_NUMBER.findall(person.main_text())))


def list_desk_orders(person: BrowserUser, slug: str) -> list[str]:
    """Return the order numbers at the desk."""
    person.goto(f"/desk/{slug}/")
    person.click_link("Orders", within="nav")
    return sorted(set(ORDER_NUMBER.findall(person.main_text())))


def complete_order_reviews(person: BrowserUser, slug: str, number: str) -> None:
    """Complete the order, finance and outbound reviews."""
    for step in ("Pass the order review", "Pass the finance review", "Release to the warehouse"):
        person.goto(f"/desk/{slug}/orders/{number}")
        person.click_button(step)
        person.page.wait_for_load_state("networkidle")


def ship_parcel(person: BrowserUser, slug: str, number: str, tracking: str, quantity: str | None = None) -> None:
    """Ship a parcel with the remaining quantity or with a smaller one."""
    person.goto(f"/desk/{slug}/orders/{number}")
    person.page.locator(f"a[href*='/parcels/ship/{number}']").locator("visible=true").first.click()
    person.page.wait_for_url("**/parcels/ship/**")
    if quantity:
        person.page.locator("main table").get_by_role("textbox").first.fill(quantity)
    person.page.get_by_label(person.translate("Carrier"), exact=True).first.select_option(value="sf")
    person.fill_field("Tracking number", tracking)
    person.click_button("Hand over to the carrier")
    person.page.wait_for_url(f"**/orders/{number}")


def record_delivery(person: BrowserUser, slug: str, tracking: str) -> None:
    """Record the delivery of a parcel."""
    person.goto(f"/desk/{slug}/parcels/")
    person.click_link(tracking, within="main")
    person.page.get_by_label(person.translate("What happened?")).first.select_option(value="delivered")
    person.fill_field("Where?", "杭州仓前")
    person.click_button("Note")
    person.page.wait_for_load_state("networkidle")


def confirm_receipt(person: BrowserUser, number: str) -> None:
    """Confirm the receipt of an order, which releases the payment."""
    person.goto(f"/orders/{number}")
    person.click_button("Confirm receipt")
    person.page.locator("dialog[open] button[value=yes]").click()
    person.page.locator("#receipt").wait_for(state="detached")
    assert person.translate("Finished") in person.main_text()


AMOUNT = re.compile(r"([−-]?)¥([\d,]+\.\d\d)")


def parse_amounts(text: str) -> list[int]:
    """Return all amounts in a text, in minor units."""
    return [int(digits.replace(",", "").replace(".", "")) * (-1 if sign else 1) for sign, digits in AMOUNT.findall(text)]


def merchant_balances(person: BrowserUser, slug: str) -> tuple[int, int]:
    """Return the available and escrowed balances of a merchant."""
    person.goto(f"/desk/{slug}/")
    person.click_link("Balance and statement", within="nav")
    available, escrowed = parse_amounts(person.main_text())[:2]
    return available, escrowed


def closing_balance(person: BrowserUser, slug: str, account: str) -> int:
    """Return the closing balance of a merchant statement."""
    person.goto(f"/desk/{slug}/money/?account={account}")
    summary = person.page.locator("dl", has_text=person.translate("Closing")).first.inner_text()
    return parse_amounts(summary)[-1]


def trial_balance(admin: BrowserUser) -> dict[str, int]:
    """Return the trial balance of the console: account name to balance."""
    admin.goto("/console/")
    admin.click_link("Ledger", within="nav")
    rows = admin.page.locator("table").first.locator("tbody tr").all_inner_texts()
    return {row.split("\t")[0].strip(): parse_amounts(row)[-1] for row in rows if parse_amounts(row)}
