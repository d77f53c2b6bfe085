"""Arranging the shop: colour, pictures, words, contact; with a preview before it is saved."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage

from marketplace.kernel import colours, rich, uploads
from marketplace.kernel.db import let_stand
from marketplace.kernel.errors import Invalid, NotFound
from marketplace.kernel.forms import Typed, take
from marketplace.kernel.texts import LANGUAGES, pick
from marketplace.kernel.uploads import UploadRefused
from marketplace.kernel.videos import MOST_MINUTES, VIDEO_ACCEPT, VIDEO_BYTES, taken_video, takes_video, video_of
from tenants.access.guards import staff_only
from tenants.access.permissions import Permission
from tenants.merchants import queries as merchants
from tenants.merchants import services as merchant_services
from tenants.storefronts import page, queries, rules, services
from tenants.storefronts.errors import ShopMoved
from tenants.storefronts.models import ACCENT, Storefront

desk = Blueprint("storefront", __name__, url_prefix="/shop")
PICTURES = {"logo": (112, 320, 800), "banner": (320, 800, 1600)}
FILES = {"logo": _l("Logo"), "banner": _l("Banner"), "video": _l("Video")}
CONTACT = ("phone", "email", "wechat", "hours")
WORDS = tuple(f"{what}_{locale}" for what in ("announcement", "introduction") for locale in LANGUAGES)


@desk.get("/")
@staff_only(Permission.SHOP_EDIT)
def edit() -> ResponseReturnValue:
    """How the shop is arranged now."""
    front = queries.of_merchant(g.place.merchant_id)
    return _form(front, _kept(front), Typed())


@desk.post("/")
@takes_video
@staff_only(Permission.SHOP_EDIT)
def save() -> ResponseReturnValue:
    """Save it, or only show how it would look."""
    typed = take(request.form, "accent", "version", *WORDS, *CONTACT, longest=6000)
    entries = rules.Entries(
        accent=typed.accent.lower(),
        announcement={locale: typed[f"announcement_{locale}"] for locale in LANGUAGES},
        introduction={locale: typed[f"introduction_{locale}"] for locale in LANGUAGES},
        contact={name: typed[name] for name in CONTACT},
    )
    front = queries.of_merchant(g.place.merchant_id)
    if request.form.get("go") == "preview":
        return _form(front, typed, Typed(_left_out() | entries.complaints()))
    try:
        services.unmoved(merchant_id=g.place.merchant_id, seen=request.form.get("version", type=int))
    except ShopMoved as refusal:
        flash(refusal.sentence(), "error")
        return _form(
            front, Typed(typed, version=front.version if front else ""), Typed(_left_out() | _theirs(front, typed))
        ), 409
    errors = Typed(_hang_video() | _hang_pictures())
    try:
        services.arrange(merchant_id=g.place.merchant_id, entries=entries)
    except Invalid as refusal:
        errors.update(refusal.errors)
    if errors:
        let_stand()
        if hung := [name for name in _files() if name not in errors]:
            names = _(", ").join(str(FILES[name]) for name in hung)
            flash(_("Saved already: %(names)s. What is marked below is not saved yet.", names=names), "success")
        front = queries.of_merchant(g.place.merchant_id)
        return _form(front, Typed(typed, version=front.version if front else ""), errors), 422
    flash(_("Your shop is rearranged."), "success")
    return redirect(url_for(".edit"), 303)


@desk.post("/away")
@staff_only(Permission.SHOP_EDIT)
def away() -> ResponseReturnValue:
    """Say when the shop is on holiday, or that it is back."""
    start, end = _day("from", time.min), _day("until", time.max)
    back = request.form.get("go") == "back"
    try:
        if not back and start is None:
            raise Invalid({"from": _("Please choose the first day.")})
        start = None if back else start
        merchant_services.set_absence(merchant_id=g.place.merchant_id, start=start, end=None if back else end)
    except Invalid as refusal:
        front = queries.of_merchant(g.place.merchant_id)
        days = {"from": request.form.get("from", "")[:20], "until": request.form.get("until", "")[:20]}
        return _form(front, Typed(_kept(front), **days), Typed(refusal.errors)), 422
    flash(_("Welcome back: the shop takes orders.") if back else _("The holiday is set."), "success")
    return redirect(url_for(".edit"), 303)


@desk.get("/preview.css")
@staff_only(Permission.SHOP_EDIT)
def preview_theme() -> ResponseReturnValue:
    """The colour being tried, for the preview only."""
    accent = "#" + request.args.get("accent", "")
    if not rules.HEX.match(accent):
        raise NotFound
    css = colours.theme_css(accent).replace(":root", ".shop-preview")
    return Response(css, mimetype="text/css")


def _kept(front: Storefront | None) -> Typed:
    if front is None:
        return Typed(accent=ACCENT)
    typed = Typed(accent=front.accent, version=front.version, **front.contact)
    for locale in LANGUAGES:
        typed[f"announcement_{locale}"] = front.announcement.get(locale, "")
        typed[f"introduction_{locale}"] = rules.as_typed(front.introduction.get(locale, ""))
    return typed


def _theirs(front: Storefront | None, typed: Typed) -> Typed:
    """What stands now where the author means to write something else, said at each field."""
    now = _kept(front)
    return Typed(
        {
            name: _("It stands here now: %(words)s", words=now[name] or "–")
            for name in ("accent", *WORDS, *CONTACT)
            if now[name] != typed[name]
        }
    )


def _files() -> list[str]:
    """Which files came with the form."""
    return [name for name in FILES if (given := request.files.get(name)) is not None and given.filename]


def _left_out() -> dict[str, str]:
    """No browser sends a file a second time by itself: said at each that came and was not kept."""
    return {name: _("This file was not kept. Choose it again before you save.") for name in _files()}


def _hang_pictures() -> Typed:
    errors = Typed()
    for name, widths in PICTURES.items():
        given = request.files.get(name)
        if given is not None and given.filename:
            errors.update(_hang(name, given, widths))
        elif request.form.get(f"remove_{name}"):
            services.hang(merchant_id=g.place.merchant_id, name=name, picture=None)
    return errors


def _hang_video() -> dict[str, str]:
    """Checked before anything is locked."""
    given, merchant_id = request.files.get("video"), g.place.merchant_id
    if given is None or not given.filename:
        if request.form.get("remove_video"):
            services.hang_video(merchant_id=merchant_id, video=None)
        return {}
    try:
        with taken_video(given.stream) as taken:
            video = taken.keep(owner=services.video_owner(merchant_id=merchant_id))
            services.hang_video(merchant_id=merchant_id, video=video)
    except UploadRefused as refusal:
        return {"video": refusal.sentence()}
    return {}


def _hang(name: str, given: FileStorage, widths: tuple[int, ...]) -> dict[str, str]:
    owner = str(g.place.merchant_id)
    try:
        kept = uploads.store_picture(given.stream, filename=given.filename or "", owner=owner, widths=widths)
    except UploadRefused as refusal:
        return {name: refusal.sentence()}
    services.hang(merchant_id=g.place.merchant_id, name=name, picture=kept.to_json())
    return {}


def _day(name: str, hour: time) -> datetime | None:
    zone = ZoneInfo(current_app.config["SETTINGS"].timezone)
    try:
        return datetime.combine(datetime.strptime(request.form.get(name, ""), "%Y-%m-%d").date(), hour, zone)  # noqa: DTZ007
    except ValueError:
        return None


def _form(front: Storefront | None, typed: Typed, errors: Typed) -> str:
    merchant = merchants.get(g.place.merchant_id)
    accent = typed.accent.lower() if rules.HEX.match(typed.accent.lower()) else ACCENT
    said = {locale: typed[f"announcement_{locale}"] for locale in LANGUAGES}
    words = {locale: typed[f"introduction_{locale}"] for locale in LANGUAGES}
    preview: dict[str, Any] = {
        "name": pick(merchant.name),
        "line": page.line_of(merchant),
        "logo": page.view(front.logo if front else None),
        "banner": page.view(front.banner if front else None, width=1600),
        "announcement": pick(said),
        "introduction": rich.show(rich.from_plain(pick(words))),
        "accent": accent.lstrip("#"),
    }
    return render_template(
        "desk/storefronts/edit.html", front=front, merchant=merchant, typed=typed, errors=errors, preview=preview,
        suggestion=rules.suggestion(accent) if errors.get("accent") else "",
        video=video_of(front.video if front else None), video_accept=VIDEO_ACCEPT, video_megabytes=VIDEO_BYTES // 2**20,
        video_minutes=MOST_MINUTES,
    )  # fmt: skip
