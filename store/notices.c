#include "store/notices.h"

#include "analyzer/verdict.h"

static enum status
count(struct stmt_set *set, struct slice target, int64_t told, int64_t dropped, struct err *err)
{
    stmt_bind_text(set, STMT_OUTBOX_COUNT, 1, target);
    stmt_bind_int(set, STMT_OUTBOX_COUNT, 2, told);
    stmt_bind_int(set, STMT_OUTBOX_COUNT, 3, dropped);
    return stmt_run(set, STMT_OUTBOX_COUNT, err);
}

/* The newest keep of the waiting, or of the dead, stay. */
static enum status
bound(struct stmt_set *set, struct slice target, bool dead, uint32_t keep, struct err *err)
{
    enum status s;

    stmt_bind_text(set, STMT_OUTBOX_BOUND, 1, target);
    stmt_bind_int(set, STMT_OUTBOX_BOUND, 2, dead);
    stmt_bind_int(set, STMT_OUTBOX_BOUND, 3, keep);
    s = stmt_run(set, STMT_OUTBOX_BOUND, err);
    if (s || !stmt_changes(set))
        return s;
    return count(set, target, 0, stmt_changes(set), err);
}

static enum status
add_one(struct stmt_set *set, const struct store_outbox *o, struct slice target, struct err *err)
{
    enum status s;

    stmt_bind_text(set, STMT_OUTBOX_ADD, 1, slice_of(o->verdict));
    stmt_bind_text(set, STMT_OUTBOX_ADD, 2, target);
    if (o->has_previous)
        stmt_bind_text(set, STMT_OUTBOX_ADD, 3, slice_of(verdict_text(o->previous)));
    else
        stmt_bind_null(set, STMT_OUTBOX_ADD, 3);
    stmt_bind_int(set, STMT_OUTBOX_ADD, 4, o->at_ms);
    s = stmt_run(set, STMT_OUTBOX_ADD, err);
    if (s == STATUS_CONFLICT)
        return err_wrap(err, "verdict %s is in the outbox for %.*s already", o->verdict,
                        SLICE_ARG(target));
    if (!s && !stmt_changes(set))
        return err_set(err, STATUS_NOT_FOUND, "verdict %s is not in the history", o->verdict);
    return s ? s : bound(set, target, false, o->keep, err);
}

static enum status
add(struct stmt_set *set, const struct store_outbox *o, struct err *err)
{
    struct slice rest = o->targets;
    enum status  s = STATUS_OK;

    while (!s && rest.p) {
        struct slice target = slice_cut(&rest, ' ');

        s = count(set, target, 0, 0, err); /* its row, where it is new */
        if (!s)
            s = add_one(set, o, target, err);
    }
    return s;
}

static enum status
take_away(struct stmt_set *set, const struct store_outbox *o, bool told, struct err *err)
{
    enum status s;

    stmt_bind_text(set, STMT_OUTBOX_REMOVE, 1, slice_of(o->verdict));
    stmt_bind_text(set, STMT_OUTBOX_REMOVE, 2, o->targets);
    s = stmt_run(set, STMT_OUTBOX_REMOVE, err);
    if (s)
        return s;
    if (!told && !stmt_changes(set))
        return err_set(err, STATUS_NOT_FOUND, "verdict %s does not wait for %.*s", o->verdict,
                       SLICE_ARG(o->targets));
    return count(set, o->targets, told, !told, err);
}

/* One that was dropped meanwhile stays dropped. */
static enum status
note_try(struct stmt_set *set, const struct store_outbox *o, bool dead, struct err *err)
{
    enum status s;

    stmt_bind_text(set, STMT_OUTBOX_TRIED, 1, slice_of(o->verdict));
    stmt_bind_text(set, STMT_OUTBOX_TRIED, 2, o->targets);
    stmt_bind_int(set, STMT_OUTBOX_TRIED, 3, o->at_ms);
    stmt_bind_text(set, STMT_OUTBOX_TRIED, 4, o->error);
    stmt_bind_int(set, STMT_OUTBOX_TRIED, 5, dead);
    s = stmt_run(set, STMT_OUTBOX_TRIED, err);
    return s || !dead ? s : bound(set, o->targets, true, o->keep, err);
}

static enum status
wait_again(struct stmt_set *set, const struct store_outbox *o, struct err *err)
{
    enum status s;

    stmt_bind_text(set, STMT_OUTBOX_RETRY, 1, slice_of(o->verdict));
    stmt_bind_text(set, STMT_OUTBOX_RETRY, 2, o->targets);
    stmt_bind_int(set, STMT_OUTBOX_RETRY, 3, o->at_ms);
    s = stmt_run(set, STMT_OUTBOX_RETRY, err);
    if (!s && !stmt_changes(set))
        return err_set(err, STATUS_NOT_FOUND, "verdict %s does not wait for %.*s", o->verdict,
                       SLICE_ARG(o->targets));
    return s ? s : bound(set, o->targets, false, o->keep, err);
}

/* Who said so, beside what people did to the run itself. */
static enum status
note_who(struct stmt_set *set, const struct store_outbox *o, const char *action, enum status s,
         struct err *err)
{
    if (s || !o->by.n)
        return s;
    stmt_bind_text(set, STMT_OUTBOX_ACT, 1, slice_of(o->verdict));
    stmt_bind_int(set, STMT_OUTBOX_ACT, 2, o->at_ms);
    stmt_bind_text(set, STMT_OUTBOX_ACT, 3, slice_of(action));
    stmt_bind_text(set, STMT_OUTBOX_ACT, 4, o->by);
    stmt_bind_text(set, STMT_OUTBOX_ACT, 5, o->targets);
    stmt_bind_text(set, STMT_OUTBOX_ACT, 6, o->why);
    return stmt_run(set, STMT_OUTBOX_ACT, err);
}

enum status
notices_apply(struct stmt_set *set, const struct store_outbox *o, struct err *err)
{
    switch (o->what) {
    case STORE_OUTBOX_ADD:
        return add(set, o, err);
    case STORE_OUTBOX_TOLD:
        return take_away(set, o, true, err);
    case STORE_OUTBOX_FAILED:
        return note_try(set, o, false, err);
    case STORE_OUTBOX_DEAD:
        return note_try(set, o, true, err);
    case STORE_OUTBOX_RETRY:
        return note_who(set, o, "retry", wait_again(set, o, err), err);
    case STORE_OUTBOX_DROP:
        return note_who(set, o, "drop", take_away(set, o, false, err), err);
    }
    return STATUS_OK;
}
