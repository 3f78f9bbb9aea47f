/* What Python calls: checks of every size and address, the choice of instruction set, and the sharing among threads.
 *
 * Threads are torch's own: its OpenMP runtime is already in the process, and a second pool beside it would have to fight
 * its spinning threads for the cores. The wrapper hands over the runtime's GOMP_parallel; without it one thread works.
 * One call at a time may be in progress on each calling thread, and any number of threads may call.
 */
#include "library.h"

#include "quantize.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define PREPARED_ALONE 16 /* rows: threads would cost more to call together than they save */
#define MAX_SIDE ((int64_t)1 << 28) /* of a matrix; so no product of two sides and an element's bytes overflows */

static const Nf4Path *const paths[] = {
#if defined(__x86_64__)
    &nf4_avx512_bf16, &nf4_avx512, &nf4_avx2,
#endif
    &nf4_portable,
};
enum { PATHS = sizeof paths / sizeof *paths };

typedef void Parallel(void (*work)(void *), void *data, unsigned threads, unsigned flags);
static Parallel *parallel;

typedef struct {
    void (*work)(void *data, int64_t first, int64_t last);
    void *data;
    int64_t count, step;
    atomic_int_fast64_t next;
} Shared;

static void take_steps(void *data)
{
    Shared *shared = data;
    for (;;) {
        int64_t first = atomic_fetch_add_explicit(&shared->next, shared->step, memory_order_relaxed);
        if (first >= shared->count)
            return;
        int64_t last = first + shared->step < shared->count ? first + shared->step : shared->count;
        shared->work(shared->data, first, last);
    }
}

/* Pieces and not halves: a thread that another program holds up leaves its share to the others. */
static void share(int threads, void (*work)(void *, int64_t, int64_t), void *data, int64_t count, int64_t least)
{
    int64_t step = count / (threads * 8) / least * least;
    Shared shared = {work, data, count, step < least ? least : step, 0};
    if (parallel && threads > 1 && count > least)
        parallel(take_steps, &shared, (unsigned)threads, 0);
    else
        work(data, 0, count);
}

EXPORT int nf4_version(void)
{
    return NF4_LIBRARY_VERSION;
}

EXPORT int nf4_paths(void)
{
    return PATHS;
}

/* The name of a path, best first; NULL where there is none of that number. */
EXPORT const char *nf4_path_name(int path)
{
    return path >= 0 && path < PATHS ? paths[path]->name : NULL;
}

EXPORT int nf4_path_is_supported(int path)
{
    return path >= 0 && path < PATHS && paths[path]->is_supported();
}

/* Whom to share work by: GOMP_parallel of the process's OpenMP runtime, or NULL for one thread. */
EXPORT int nf4_share_by(void *gomp_parallel)
{
    memcpy(&parallel, &gomp_parallel, sizeof parallel);
    return NF4_OK;
}

static int check_threads(int threads)
{
    return threads >= 1 && threads <= NF4_MAX_THREADS ? NF4_OK : NF4_BAD_SIZE;
}

static int is_aligned(const void *address, size_t bytes)
{
    return address && (uintptr_t)address % bytes == 0;
}

static int check_matrix(int64_t n, int64_t k, const void *packed, int64_t packed_bytes, const float *absmax,
                        int64_t absmax_bytes)
{
    if (n < 1 || k < 1 || n >= MAX_SIDE || k >= MAX_SIDE || k % NF4_BLOCK)
        return NF4_BAD_SIZE;
    if (packed_bytes != n * (k / 2) || absmax_bytes != n * (k / NF4_BLOCK) * 4)
        return NF4_BAD_LENGTH;
    return packed && is_aligned(absmax, 4) ? NF4_OK : NF4_BAD_ADDRESS;
}

typedef struct {
    const Nf4Path *path;
    const void *x;
    int is_bf16;
    Nf4Product product;
    int16_t *values;
    float *scales;
    float *floats; /* for a row of bf16, one for each row */
} Call;

static void prepare_rows(void *data, int64_t first, int64_t last)
{
    Call *call = data;
    Nf4Product *p = &call->product;
    for (int64_t row = first; row < last; row++) {
        const float *x = (const float *)call->x + row * p->k;
        if (call->is_bf16) {
            float *floats = call->floats + row * p->k;
            for (int64_t i = 0; i < p->k; i++)
                floats[i] = nf4_from_bf16(((const uint16_t *)call->x)[row * p->k + i]);
            x = floats;
        }
        int64_t rows = call->path->rows, first_of_group = row / rows * rows;
        int16_t *values = call->values + first_of_group * p->padded_k + (row - first_of_group) * call->path->unit;
        int64_t stride = nf4_group_rows(p->m, row, rows) * call->path->unit;
        call->path->prepare(x, p->k, values, stride, call->scales + row * p->scales_stride);
    }
}

static void multiply_columns(void *data, int64_t first, int64_t last)
{
    Call *call = data;
    call->path->multiply(&call->product, first, last);
}

/* out [m, n] = x [m, k] times the matrix [n, k] transposed; x and out float32, or both bf16. */
EXPORT int nf4_multiply(int path, int threads, const void *x, int64_t x_bytes, int is_bf16, int64_t m, int64_t n, int64_t k,
                        const uint8_t *packed, int64_t packed_bytes, const float *absmax, int64_t absmax_bytes,
                        void *out, int64_t out_bytes)
{
    if (!nf4_path_is_supported(path))
        return NF4_NO_PATH;
    if (check_threads(threads))
        return NF4_BAD_SIZE;
    int fault = check_matrix(n, k, packed, packed_bytes, absmax, absmax_bytes);
    if (fault)
        return fault;
    int64_t element = is_bf16 ? 2 : 4;
    if (m < 1 || m > NF4_MAX_ROWS)
        return NF4_BAD_SIZE;
    if (x_bytes != m * k * element || out_bytes != m * n * element)
        return NF4_BAD_LENGTH;
    if (!is_aligned(x, (size_t)element) || !is_aligned(out, (size_t)element))
        return NF4_BAD_ADDRESS;
    Call call = {.path = paths[path], .x = x, .is_bf16 = is_bf16};
    int64_t unit = call.path->unit, padded_k = (k + unit - 1) / unit * unit;
    int64_t scales_stride = k / NF4_BLOCK;
    size_t values_bytes = (size_t)(m * padded_k) * 2, scales_bytes = (size_t)(m * scales_stride) * 4;
    char *memory = aligned_alloc(64, (values_bytes + scales_bytes + (is_bf16 ? (size_t)(m * k) * 4 : 0) + 63) / 64 * 64);
    if (!memory)
        return NF4_NO_MEMORY;
    call.values = (int16_t *)memory;
    call.scales = (float *)(memory + values_bytes);
    call.floats = (float *)(memory + values_bytes + scales_bytes);
    call.product = (Nf4Product){
        .m = m, .n = n, .k = k, .packed = packed, .absmax = absmax, .values = call.values, .scales = call.scales,
        .padded_k = padded_k, .scales_stride = scales_stride, .out = out, .is_bf16 = is_bf16,
    };
    if (m <= PREPARED_ALONE)
        prepare_rows(&call, 0, m);
    else
        share(threads, prepare_rows, &call, m, 1);
    share(threads, multiply_columns, &call, n, 16);
    free(memory);
    return NF4_OK;
}

typedef struct {
    const Nf4Path *path;
    const uint8_t *packed;
    const float *absmax;
    void *out;
    int is_bf16;
} Unpacking;

static void unpack_blocks(void *data, int64_t first, int64_t last)
{
    Unpacking *u = data;
    u->path->unpack(u->packed + first * NF4_BLOCK_BYTES, u->absmax + first, last - first,
                    (char *)u->out + first * NF4_BLOCK * (u->is_bf16 ? 2 : 4), u->is_bf16);
}

/* out [n, k], float32 or bf16: the weights themselves. */
EXPORT int nf4_unpack(int path, int threads, int64_t n, int64_t k, const uint8_t *packed, int64_t packed_bytes, const float *absmax,
                      int64_t absmax_bytes, void *out, int64_t out_bytes, int is_bf16)
{
    if (!nf4_path_is_supported(path))
        return NF4_NO_PATH;
    if (check_threads(threads))
        return NF4_BAD_SIZE;
    int fault = check_matrix(n, k, packed, packed_bytes, absmax, absmax_bytes);
    if (fault)
        return fault;
    if (out_bytes != n * k * (is_bf16 ? 2 : 4))
        return NF4_BAD_LENGTH;
    if (!is_aligned(out, is_bf16 ? 2 : 4))
        return NF4_BAD_ADDRESS;
    Unpacking unpacking = {paths[path], packed, absmax, out, is_bf16};
    share(threads, unpack_blocks, &unpacking, n * (k / NF4_BLOCK), 64);
    return NF4_OK;
}

typedef struct {
    Nf4Quantize *quantize;
    const void *weights;
    int type;
    uint8_t *packed;
    float *absmax;
} Quantizing;

static void quantize_blocks(void *data, int64_t first, int64_t last)
{
    Quantizing *q = data;
    q->quantize(q->weights, q->type, first, last, q->packed, q->absmax);
}

/* `type`: 0 float32, 1 bf16, 2 float16; `count` weights, a multiple of 64. */
EXPORT int nf4_quantize(int path, int threads, const void *weights, int64_t weights_bytes, int type, int64_t count, uint8_t *packed,
                        int64_t packed_bytes, float *absmax, int64_t absmax_bytes)
{
    if (!nf4_path_is_supported(path))
        return NF4_NO_PATH;
    if (check_threads(threads))
        return NF4_BAD_SIZE;
    if (count < 1 || count % NF4_BLOCK || count > INT64_MAX / 8 || type < NF4_FLOAT32 || type > NF4_FLOAT16)
        return NF4_BAD_SIZE;
    int64_t element = type == NF4_FLOAT32 ? 4 : 2;
    if (weights_bytes != count * element || packed_bytes != count / 2 || absmax_bytes != count / NF4_BLOCK * 4)
        return NF4_BAD_LENGTH;
    if (!is_aligned(weights, (size_t)element) || !packed || !is_aligned(absmax, 4))
        return NF4_BAD_ADDRESS;
    Quantizing quantizing = {nf4_quantize_blocks, weights, type, packed, absmax};
#if defined(__x86_64__)
    if (paths[path] != &nf4_portable)
        quantizing.quantize = nf4_quantize_blocks_avx2;
#endif
    share(threads, quantize_blocks, &quantizing, count / NF4_BLOCK, 64);
    return NF4_OK;
}
