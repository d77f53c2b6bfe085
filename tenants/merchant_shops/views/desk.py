"""Shop settings at the desk: colour, pictures, texts, contact; with a preview before saving."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage

from marketplace.kernel import colors, sanitize
from marketplace.kernel.errors import NotFound, ValidationError
from marketplace.kernel.form_input import FormData, clean_fields
from marketplace.kernel.localized_text import LANGUAGES, localize
from marketplace.media import uploads
from marketplace.media.uploads import UploadError
from marketplace.media.videos import (
    MAX_MINUTES,
    MAX_VIDEO_BYTES,
    VIDEO_ACCEPT,
    allow_video_upload,
    load_video,
    process_upload,
)
from tenants.access.decorators import require_staff_permission
from tenants.access.permissions import Permission
from tenants.merchant_shops import context, forms, queries, services
from tenants.merchant_shops.errors import StaleMerchantShop
from tenants.merchant_shops.models import DEFAULT_ACCENT, MerchantShop
from tenants.merchants import queries as merchant_queries
from tenants.merchants import services as merchant_services

desk = Blueprint("merchant_shops", __name__, url_prefix="/shop")
IMAGE_WIDTHS = {"logo": (112, 320, 800), "banner": (320, 800, 1600)}
FILE_LABELS = {"logo": _l("Logo"), "banner": _l("Banner"), "video": _l("Video")}
CONTACT_FIELDS = ("phone", "email", "wechat", "hours")
TEXT_FIELDS = tuple(f"{what}_{locale}" for what in ("announcement", "introduction") for locale in LANGUAGES)


@desk.get("/")
@require_staff_permission(Permission.SHOP_EDIT)
def edit() -> ResponseReturnValue:
    """Show the current settings."""
    merchant_shop = queries.get_merchant_shop(g.membership.merchant_id)
    return _render_form(merchant_shop, _current_values(merchant_shop), FormData())


@desk.post("/")
@allow_video_upload
@require_staff_permission(Permission.SHOP_EDIT)
def save() -> ResponseReturnValue:
    """Save the settings, or only preview them."""
    typed = clean_fields(request.form, "accent", "version", *TEXT_FIELDS, *CONTACT_FIELDS, max_length=6000)
    form = forms.MerchantShopForm(
        accent=typed.accent.lower(),
        announcement={locale: typed[f"announcement_{locale}"] for locale in LANGUAGES},
        introduction={locale: typed[f"introduction_{locale}"] for locale in LANGUAGES},
        contact={name: typed[name] for name in CONTACT_FIELDS},
    )
    merchant_shop = queries.get_merchant_shop(g.membership.merchant_id)
    if request.form.get("go") == "preview":
        return _render_form(merchant_shop, typed, FormData(_not_saved_messages() | form.validate()))
    try:
        services.check_version(merchant_id=g.membership.merchant_id, expected_version=request.form.get("version", type=int))
    except StaleMerchantShop as exc:
        flash(exc.user_message(), "error")
        return _render_form(
            merchant_shop,
            FormData(typed, version=merchant_shop.version if merchant_shop else ""),
            FormData(_not_saved_messages() | _conflict_messages(merchant_shop, typed)),
        ), 409
    errors = FormData(_save_video() | _save_images())
    try:
        services.update_merchant_shop(merchant_id=g.membership.merchant_id, form=form)
    except ValidationError as exc:
        errors.update(exc.errors)
    if errors:
        if saved_files := [name for name in _uploaded_files() if name not in errors]:
            names = _(", ").join(str(FILE_LABELS[name]) for name in saved_files)
            flash(_("Saved already: %(names)s. What is marked below is not saved yet.", names=names), "success")
        merchant_shop = queries.get_merchant_shop(g.membership.merchant_id)
        return _render_form(merchant_shop, FormData(typed, version=merchant_shop.version if merchant_shop else ""), errors), 422
    flash(_("Your shop is rearranged."), "success")
    return redirect(url_for(".edit"), 303)


@desk.post("/away")
@require_staff_permission(Permission.SHOP_EDIT)
def away() -> ResponseReturnValue:
    """Save the merchant's absence, or end it."""
    start, end = _parse_day("from", time.min), _parse_day("until", time.max)
    is_back = request.form.get("go") == "back"
    try:
        if not is_back and start is None:
            raise ValidationError({"from": _("Please choose the first day.")})
        start = None if is_back else start
        merchant_services.set_absence(merchant_id=g.membership.merchant_id, start=start, end=None if is_back else end)
    except ValidationError as exc:
        merchant_shop = queries.get_merchant_shop(g.membership.merchant_id)
        days = {"from": request.form.get("from", "")[:20], "until": request.form.get("until", "")[:20]}
        return _render_form(merchant_shop, FormData(_current_values(merchant_shop), **days), FormData(exc.errors)), 422
    flash(_("Welcome back: the shop takes orders.") if is_back else _("The holiday is set."), "success")
    return redirect(url_for(".edit"), 303)


@desk.get("/preview.css")
@require_staff_permission(Permission.SHOP_EDIT)
def preview_theme() -> ResponseReturnValue:
    """Send the stylesheet of the colour in the preview."""
    accent = "#" + request.args.get("accent", "")
    if not forms.HEX_COLOR.match(accent):
        raise NotFound
    css = colors.theme_css(accent).replace(":root", ".shop-preview")
    return Response(css, mimetype="text/css")


def _current_values(merchant_shop: MerchantShop | None) -> FormData:
    if merchant_shop is None:
        return FormData(accent=DEFAULT_ACCENT)
    typed = FormData(accent=merchant_shop.accent, version=merchant_shop.version, **merchant_shop.contact)
    for locale in LANGUAGES:
        typed[f"announcement_{locale}"] = merchant_shop.announcement.get(locale, "")
        typed[f"introduction_{locale}"] = forms.html_to_input(merchant_shop.introduction.get(locale, ""))
    return typed


def _conflict_messages(merchant_shop: MerchantShop | None, typed: FormData) -> FormData:
    """Return for each field whose stored value differs from the typed one a message with the stored value."""
    current = _current_values(merchant_shop)
    return FormData(
        {
            name: _("It stands here now: %(words)s", words=current[name] or "–")
            for name in ("accent", *TEXT_FIELDS, *CONTACT_FIELDS)
            if current[name] != typed[name]
        }
    )


def _uploaded_files() -> list[str]:
    """Return the names of the files that were sent with the form."""
    return [name for name in FILE_LABELS if (upload := request.files.get(name)) is not None and upload.filename]


def _not_saved_messages() -> dict[str, str]:
    """Return a message for each sent file that was not saved: no browser sends a file a second time by itself."""
    return {name: _("This file was not kept. Choose it again before you save.") for name in _uploaded_files()}


def _save_images() -> FormData:
    errors = FormData()
    for name, widths in IMAGE_WIDTHS.items():
        upload = request.files.get(name)
        if upload is not None and upload.filename:
            errors.update(_save_image(name, upload, widths))
        elif request.form.get(f"remove_{name}"):
            services.set_image(merchant_id=g.membership.merchant_id, name=name, image=None)
    return errors


def _save_video() -> dict[str, str]:
    """Save the sent video; it is processed before any row is locked."""
    upload, merchant_id = request.files.get("video"), g.membership.merchant_id
    if upload is None or not upload.filename:
        if request.form.get("remove_video"):
            services.set_video(merchant_id=merchant_id, video=None)
        return {}
    try:
        with process_upload(upload.stream) as processed:
            video = processed.store(key_prefix=services.video_key_prefix(merchant_id=merchant_id))
            services.set_video(merchant_id=merchant_id, video=video)
    except UploadError as exc:
        return {"video": exc.user_message()}
    return {}


def _save_image(name: str, upload: FileStorage, widths: tuple[int, ...]) -> dict[str, str]:
    owner = str(g.membership.merchant_id)
    try:
        stored = uploads.store_picture(upload.stream, filename=upload.filename or "", key_prefix=owner, widths=widths)
    except UploadError as exc:
        return {name: exc.user_message()}
    services.set_image(merchant_id=g.membership.merchant_id, name=name, image=stored.to_json())
    return {}


def _parse_day(name: str, hour: time) -> datetime | None:
    zone = ZoneInfo(current_app.config["SETTINGS"].timezone)
    try:
        return datetime.combine(datetime.strptime(request.form.get(name, ""), "%Y-%m-%d").date(), hour, zone)  # noqa: DTZ007
    except ValueError:
        return None


def _render_form(merchant_shop: MerchantShop | None, typed: FormData, errors: FormData) -> str:
    merchant = merchant_queries.get_merchant(g.membership.merchant_id)
    accent = typed.accent.lower() if forms.HEX_COLOR.match(typed.accent.lower()) else DEFAULT_ACCENT
    announcements = {locale: typed[f"announcement_{locale}"] for locale in LANGUAGES}
    introductions = {locale: typed[f"introduction_{locale}"] for locale in LANGUAGES}
    preview: dict[str, Any] = {
        "name": localize(merchant.name),
        "line": context.tagline(merchant),
        "logo": context.picture_view(merchant_shop.logo if merchant_shop else None),
        "banner": context.picture_view(merchant_shop.banner if merchant_shop else None, width=1600),
        "announcement": localize(announcements),
        "introduction": sanitize.render_html(sanitize.text_to_html(localize(introductions))),
        "accent": accent.lstrip("#"),
    }
    return render_template(
        "desk/merchant_shops/edit.html",
        merchant_shop=merchant_shop,
        merchant=merchant,
        typed=typed,
        errors=errors,
        preview=preview,
        suggestion=forms.suggest_accent(accent) if errors.get("accent") else "",
        video=load_video(merchant_shop.video if merchant_shop else None),
        video_accept=VIDEO_ACCEPT,
        video_megabytes=MAX_VIDEO_BYTES // 2**20,
        video_minutes=MAX_MINUTES,
    )
