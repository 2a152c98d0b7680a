#include "webhooks/link.h"

#include "base/pack.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

enum { VERSION = 1, MAC_BYTES = 32, PACKED_BYTES = 1024 };

static void
put_hex(struct text *out, const unsigned char *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        text_putc(out, digits[p[i] >> 4]);
        text_putc(out, digits[p[i] & 15]);
    }
}

/* Half as many bytes as digits; -1: no such text. */
static int
get_hex(struct slice s, unsigned char *out, size_t room)
{
    if (s.n % 2 || s.n / 2 > room)
        return -1;
    for (size_t i = 0; i < s.n; i += 2) {
        int high = slice_hex_digit(s.p[i]), low = slice_hex_digit(s.p[i + 1]);

        if (high < 0 || low < 0)
            return -1;
        out[i / 2] = (unsigned char)(high << 4 | low);
    }
    return (int)(s.n / 2);
}

static bool
sign(const unsigned char key[LINK_KEY_BYTES], const void *bytes, size_t n,
     unsigned char mac[MAC_BYTES])
{
    return gnutls_hmac_fast(GNUTLS_MAC_SHA256, key, LINK_KEY_BYTES, bytes, n, mac) >= 0;
}

void
link_write(const unsigned char key[LINK_KEY_BYTES], const struct link *l, struct text *out)
{
    unsigned char mac[MAC_BYTES];
    struct text   packed;

    text_init(&packed, PACKED_BYTES);
    pack_u8(&packed, VERSION);
    pack_slice(&packed, slice_of(l->id));
    pack_slice(&packed, slice_of(l->run));
    pack_slice(&packed, slice_of(l->revision));
    pack_u8(&packed, (uint8_t)l->action);
    pack_i64(&packed, l->expires_ms);
    pack_i64(&packed, l->holds_ms);
    pack_slice(&packed, slice_of(l->by));
    pack_slice(&packed, slice_of(l->why));
    if (sign(key, packed.p, packed.n, mac)) {
        put_hex(out, (const unsigned char *)packed.p, packed.n);
        put_hex(out, mac, sizeof mac);
    }
    text_release(&packed);
}

static bool
unpack_link(struct slice bytes, struct link *l)
{
    struct unpack in = {.rest = bytes};
    uint8_t       version = pack_get_u8(&in), action;

    *l = (struct link){0};
    pack_get_text(&in, l->id, sizeof l->id);
    pack_get_text(&in, l->run, sizeof l->run);
    pack_get_text(&in, l->revision, sizeof l->revision);
    action = pack_get_u8(&in);
    l->expires_ms = pack_get_ms(&in);
    l->holds_ms = pack_get_ms(&in);
    pack_get_text(&in, l->by, sizeof l->by);
    pack_get_text(&in, l->why, sizeof l->why);
    if (in.bad || in.rest.n || version != VERSION || action <= OVERRIDE_NONE ||
        action >= OVERRIDE_CLEAR)
        return false;
    l->action = (enum override_action)action;
    return true;
}

enum status
link_read(const unsigned char key[LINK_KEY_BYTES], struct slice text, int64_t now_ms,
          struct link *out, struct err *err)
{
    unsigned char bytes[PACKED_BYTES + MAC_BYTES], mac[MAC_BYTES];
    int           n = get_hex(text, bytes, sizeof bytes);
    size_t        packed;

    *out = (struct link){0};
    if (n <= MAC_BYTES)
        return err_set(err, STATUS_DENIED, "this is no link of ours");
    packed = (size_t)n - MAC_BYTES;
    if (!sign(key, bytes, packed, mac) || gnutls_memcmp(mac, bytes + packed, MAC_BYTES) != 0 ||
        !unpack_link((struct slice){(const char *)bytes, packed}, out)) {
        *out = (struct link){0};
        return err_set(err, STATUS_DENIED, "this is no link of ours, or it was altered");
    }
    if (now_ms >= out->expires_ms)
        return err_set(err, STATUS_TIMEOUT, "this link has expired");
    return STATUS_OK;
}
