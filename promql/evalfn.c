#include "promql/evalfn.h"

#include "promql/fnbucket.h"
#include "promql/fnlabel.h"
#include "promql/fnmath.h"
#include "promql/fnorder.h"
#include "promql/fnwindow.h"

static const struct evalfn *
own_get(enum function_id id)
{
    static const struct evalfn own = {.kind = EVALFN_OWN};
    static const bool          is_own[FUNCTION_COUNT] = {
                 [FUNCTION_TIME] = true,
                 [FUNCTION_PI] = true,
                 [FUNCTION_VECTOR] = true,
                 [FUNCTION_SCALAR] = true,
                 [FUNCTION_TIMESTAMP] = true,
                 [FUNCTION_ABSENT] = true,
                 [FUNCTION_ABSENT_OVER_TIME] = true,
    };

    return is_own[id] ? &own : NULL;
}

const struct evalfn *
evalfn_get(enum function_id id)
{
    static const struct evalfn *(*const get[])(enum function_id) = {
        own_get, fnmath_get, fnwindow_get, fnbucket_get, fnlabel_get, fnorder_get,
    };

    for (size_t i = 0; i < ARRAY_LEN(get); i++) {
        const struct evalfn *fn = get[i](id);

        if (fn)
            return fn;
    }
    return NULL;
}
