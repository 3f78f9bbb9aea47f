/* AVX2 and FMA: Intel since Haswell, AMD since Zen.
 *
 * 32 bytes are 64 codes. Both halves of each byte index two tables of bytes, the low and the high ones of
 * `nf4_code_words`; interleaving what was looked up gives the 16-bit words, in an order that the activations follow.
 * AVX-VNNI, which multiplies and adds in one step, was tried: no faster below eight rows, 17 % slower for one (measured).
 */
#if defined(__x86_64__)
#include "activations.h"

#include <string.h>

#define PREFETCH_BYTES 2048 /* measured: nearer gains less, farther nothing more */
#define STREAMS 4           /* of weights, for a single row of activations */
#define GROUP 8             /* blocks whose scales are multiplied in one vector */

typedef struct {
    __m256i low, high, half_byte;
} Tables;

static inline Tables tables(void)
{
    uint8_t low[32], high[32];
    for (int i = 0; i < 32; i++) {
        low[i] = (uint8_t)nf4_code_words[i & 15];
        high[i] = (uint8_t)(nf4_code_words[i & 15] >> 8);
    }
    return (Tables){_mm256_loadu_si256((const __m256i *)low), _mm256_loadu_si256((const __m256i *)high),
                    _mm256_set1_epi8(15)};
}

/* The words of 64 weights: first those of even places (bytes 0-7 and 16-23, then the rest), then those of odd ones. */
static inline void look_up(const Tables *t, const uint8_t *packed, __m256i words[4])
{
    __m256i bytes = _mm256_loadu_si256((const __m256i *)packed);
    __m256i even = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), t->half_byte);
    __m256i odd = _mm256_and_si256(bytes, t->half_byte);
    __m256i even_low = _mm256_shuffle_epi8(t->low, even), even_high = _mm256_shuffle_epi8(t->high, even);
    __m256i odd_low = _mm256_shuffle_epi8(t->low, odd), odd_high = _mm256_shuffle_epi8(t->high, odd);
    words[0] = _mm256_unpacklo_epi8(even_low, even_high);
    words[1] = _mm256_unpackhi_epi8(even_low, even_high);
    words[2] = _mm256_unpacklo_epi8(odd_low, odd_high);
    words[3] = _mm256_unpackhi_epi8(odd_low, odd_high);
}

static inline __m256i dot(const __m256i words[4], const int16_t *values)
{
    __m256i products[4];
    for (int i = 0; i < 4; i++)
        products[i] = _mm256_madd_epi16(words[i], _mm256_loadu_si256((const __m256i *)values + i));
    return _mm256_add_epi32(_mm256_add_epi32(products[0], products[1]), _mm256_add_epi32(products[2], products[3]));
}

static inline float add_lanes(__m256 v)
{
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

#define ROWS 4     /* of activations in a pass; more sums than these do not fit the registers */
#define COLUMNS 16 /* weight rows in a pass, whose bytes stay in the second-level cache for the next rows */

/* `streams` weight rows, `apart` from each other, by `rows` rows of activations; both are constants in every call.
 *
 * A core's own prefetcher follows each page by itself and stops at its end: several streams far apart keep more bytes
 * on their way from memory (measured: four bring 12.4 GB/s to a core where one brings 9.0).
 */
static inline __attribute__((always_inline)) void multiply_rows(const Nf4Product *p, const Tables *t, int64_t column,
                                                                int64_t apart, int64_t row, const int streams,
                                                                const int rows)
{
    int64_t blocks = p->k / NF4_BLOCK, stride = p->scales_stride;
    const uint8_t *packed = p->packed + column * blocks * NF4_BLOCK_BYTES;
    const float *absmax = p->absmax + column * blocks;
    const int16_t *values = p->values + row * p->padded_k;
    const float *scales = p->scales + row * stride;
    apart *= blocks;
    __m256 sums[STREAMS][ROWS];
    for (int s = 0; s < streams; s++)
        for (int r = 0; r < rows; r++)
            sums[s][r] = _mm256_setzero_ps();
    int64_t block = 0;
    for (; block + GROUP <= blocks; block += GROUP) {
        float factors[STREAMS][ROWS][GROUP] __attribute__((aligned(32)));
        for (int r = 0; r < rows; r++) {
            __m256 group_scales = _mm256_loadu_ps(scales + r * stride + block);
            for (int s = 0; s < streams; s++)
                _mm256_store_ps(factors[s][r], _mm256_mul_ps(group_scales, _mm256_loadu_ps(absmax + s * apart + block)));
        }
        const int16_t *v = values + block * rows * NF4_BLOCK;
#pragma GCC unroll 8
        for (int i = 0; i < GROUP; i++)
            for (int s = 0; s < streams; s++) {
                __m256i words[4];
                const uint8_t *here = packed + (s * apart + block + i) * NF4_BLOCK_BYTES;
                if (i % 2 == 0)
                    _mm_prefetch((const char *)here + PREFETCH_BYTES, _MM_HINT_T0);
                look_up(t, here, words);
                for (int r = 0; r < rows; r++) {
                    __m256 products = _mm256_cvtepi32_ps(dot(words, v + (i * rows + r) * NF4_BLOCK));
                    sums[s][r] = _mm256_fmadd_ps(products, _mm256_broadcast_ss(&factors[s][r][i]), sums[s][r]);
                }
            }
    }
    for (; block < blocks; block++)
        for (int s = 0; s < streams; s++) {
            __m256i words[4];
            look_up(t, packed + (s * apart + block) * NF4_BLOCK_BYTES, words);
            for (int r = 0; r < rows; r++) {
                __m256 products = _mm256_cvtepi32_ps(dot(words, values + (block * rows + r) * NF4_BLOCK));
                __m256 factor = _mm256_set1_ps(scales[r * stride + block] * absmax[s * apart + block]);
                sums[s][r] = _mm256_fmadd_ps(products, factor, sums[s][r]);
            }
        }
    for (int s = 0; s < streams; s++)
        for (int r = 0; r < rows; r++)
            nf4_store(p, row + r, column + s * (apart / blocks), add_lanes(sums[s][r]));
}

static inline __attribute__((always_inline)) void multiply_streams(const Nf4Product *p, const Tables *t, int64_t first,
                                                                   int64_t last, const int streams, const int rows)
{
    int64_t apart = (last - first) / streams, column = first;
    for (; column < first + apart; column++)
        multiply_rows(p, t, column, apart, 0, streams, rows);
    for (column = first + apart * streams; column < last; column++)
        multiply_rows(p, t, column, 1, 0, 1, rows);
}

static void multiply_groups(const Nf4Product *p, const Tables *t, int64_t first, int64_t last)
{
    for (int64_t row = 0; row < p->m; row += ROWS)
        for (int64_t column = first; column < last; column++)
            switch (nf4_group_rows(p->m, row, ROWS)) {
            case 1: multiply_rows(p, t, column, 1, row, 1, 1); break;
            case 2: multiply_rows(p, t, column, 1, row, 1, 2); break;
            case 3: multiply_rows(p, t, column, 1, row, 1, 3); break;
            default: multiply_rows(p, t, column, 1, row, 1, ROWS); break;
            }
}

static void multiply(const Nf4Product *p, int64_t first, int64_t last)
{
    Tables t = tables();
    if (p->m == 1)
        multiply_streams(p, &t, first, last, STREAMS, 1);
    else if (p->m == 2)
        multiply_streams(p, &t, first, last, 2, 2);
    else
        for (int64_t start = first; start < last; start += COLUMNS)
            multiply_groups(p, &t, start, start + COLUMNS < last ? start + COLUMNS : last);
}

static void prepare(const float *x, int64_t k, int16_t *values, int64_t stride, float *scales)
{
    for (int64_t block = 0; block < k / NF4_BLOCK; block++) {
        __m256i words[4];
        scales[block] = quantize_activations(x + block * NF4_BLOCK, words);
        for (int i = 0; i < 4; i++)
            _mm256_storeu_si256((__m256i *)(values + block * stride) + i, words[i]);
    }
}

/* Eight weights at a time: four bytes in every lane, shifted to the lane's own code, which indexes two halves of the table. */
static void unpack(const uint8_t *packed, const float *absmax, int64_t blocks, void *out, int is_bf16)
{
    const __m256 low = _mm256_loadu_ps(nf4_codes), high = _mm256_loadu_ps(nf4_codes + 8);
    const __m256i shifts = _mm256_setr_epi32(4, 0, 12, 8, 20, 16, 28, 24); /* a byte's high half comes first */
    for (int64_t block = 0; block < blocks; block++) {
        __m256 scale = _mm256_set1_ps(absmax[block]);
        for (int64_t eighth = block * 8; eighth < block * 8 + 8; eighth++) {
            int32_t bytes;
            memcpy(&bytes, packed + eighth * 4, 4);
            __m256i codes = _mm256_srlv_epi32(_mm256_set1_epi32(bytes), shifts);
            __m256 is_high = _mm256_castsi256_ps(_mm256_slli_epi32(codes, 28)); /* bit 3 as the sign */
            __m256 v = _mm256_blendv_ps(_mm256_permutevar8x32_ps(low, codes), _mm256_permutevar8x32_ps(high, codes),
                                        is_high);
            v = _mm256_mul_ps(v, scale);
            if (is_bf16) {
                float eight[8];
                _mm256_storeu_ps(eight, v);
                for (int i = 0; i < 8; i++)
                    ((uint16_t *)out)[eighth * 8 + i] = nf4_to_bf16(eight[i]);
            } else
                _mm256_storeu_ps((float *)out + eighth * 8, v);
        }
    }
}

static int is_supported(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

const Nf4Path nf4_avx2 = {"avx2", is_supported, ROWS, NF4_BLOCK, prepare, multiply, unpack};
#endif
