"""What is free is read from the levels, by a plan made once: goods that many buyers hold are as quick to show as others."""

from alembic import op

revision = "20261123_01"
down_revision = "20261122_18"
branch_labels = None
depends_on = None

SHAPE = "stock_available(wanted uuid[], moment timestamptz) returns table (variant_id uuid, available numeric)"
# `held` counts every open hold; those whose time is over and that nobody swept yet are few, and free again.
FROM_LEVELS = """
    coalesce((select sum(l.on_hand - l.held) from stock_levels l where l.variant_id = asked.id), 0)
    + coalesce((
        select sum(h.quantity) from stock_holds h
        where h.variant_id = asked.id and h.released_at is null and h.consumed_at is null and h.until <= moment
    ), 0)
"""
FROM_HOLDS = """
    coalesce((select sum(l.on_hand) from stock_levels l where l.variant_id = asked.id), 0)
    - coalesce((
        select sum(h.quantity) from stock_holds h
        where h.variant_id = asked.id and h.released_at is null and h.consumed_at is null and h.until > moment
    ), 0)
"""
PLANNED_ONCE = "stable rows 4 set plan_cache_mode = force_generic_plan"  # planning cost three times what reading does
PLANNED_AT_WILL = "volatile rows 1000"


def upgrade() -> None:
    """The same answers in the same shape: nothing that asks need change."""
    op.execute(function(FROM_LEVELS, PLANNED_ONCE))


def downgrade() -> None:
    """Add up every living hold again."""
    op.execute(function(FROM_HOLDS, PLANNED_AT_WILL))


def function(formula: str, planned: str) -> str:
    """What the public may ask of a merchant's stock: one number a variant, read for the purpose "shelf"."""
    return f"""
        create or replace function {SHAPE} language plpgsql {planned} as $$
        declare
            before text := coalesce(current_setting('app.purpose', true), '');
        begin
            perform set_config('app.purpose', 'shelf', true);
            return query select asked.id, {formula} from unnest(wanted) as asked(id);
            perform set_config('app.purpose', before, true);
        end $$;
    """
