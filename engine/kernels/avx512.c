/* AVX-512 with VNNI and VBMI: Intel's servers since Ice Lake and its 11th generation, AMD since Zen 4.
 *
 * As with 256 bits (avx2.c), but 64 bytes are two blocks, one in each half of a vector, and the byte shuffle of
 * VBMI needs no clean indices. Looking words up directly (vpermw) took a tenth longer.
 */
#if defined(__x86_64__)
#include "activations.h"

/* Compiled twice: with bf16 instructions, which unpack to bf16 in half the time, and without. */
#ifdef __AVX512BF16__
#define PATH nf4_avx512_bf16
#define NAME "avx512_bf16"
#define HAS_BF16 __builtin_cpu_supports("avx512bf16")
#else
#define PATH nf4_avx512
#define NAME "avx512"
#define HAS_BF16 1
#endif

#include <string.h>

#define PREFETCH_BYTES 2048 /* measured: nearer gains less, farther nothing more */
#define PAIR 128 /* weights of a vector */
#define STREAMS 4       /* of weights, for a single row of activations */
#define GROUP 16        /* blocks whose scales are multiplied in one vector */
#define ROWS 8          /* of activations in a pass */
#define COLUMNS 16      /* weight rows in a pass, whose bytes stay in the second-level cache for the next rows */

/* The codes' words by bytes, each table four times: bits 4 and 5 of an index may be anything, and 6 and 7 do not count. */
typedef struct {
    __m512i low, high;
} Tables;

static inline Tables tables(void)
{
    uint8_t low[64], high[64];
    for (int i = 0; i < 64; i++) {
        low[i] = (uint8_t)nf4_code_words[i & 15];
        high[i] = (uint8_t)(nf4_code_words[i & 15] >> 8);
    }
    return (Tables){_mm512_loadu_si512(low), _mm512_loadu_si512(high)};
}

/* The words of 128 weights: those of even places (the first 8 bytes of every 16, then the rest), then those of odd ones. */
static inline void look_up(const Tables *t, __m512i odd, __m512i words[4])
{
    __m512i even = _mm512_srli_epi16(odd, 4);
    __m512i even_low = _mm512_permutexvar_epi8(even, t->low), even_high = _mm512_permutexvar_epi8(even, t->high);
    __m512i odd_low = _mm512_permutexvar_epi8(odd, t->low), odd_high = _mm512_permutexvar_epi8(odd, t->high);
    words[0] = _mm512_unpacklo_epi8(even_low, even_high);
    words[1] = _mm512_unpackhi_epi8(even_low, even_high);
    words[2] = _mm512_unpacklo_epi8(odd_low, odd_high);
    words[3] = _mm512_unpackhi_epi8(odd_low, odd_high);
}

/* The first of two numbers in the lower half, the second in the upper one. */
static inline __m512 halves(const float *pair)
{
    return _mm512_mask_broadcastss_ps(_mm512_set1_ps(pair[0]), 0xff00, _mm_load_ss(pair + 1));
}

/* `streams` weight rows, `apart` from each other, by `rows` rows of activations; both are constants in every call.
 * Why several streams: see avx2.c.
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
    __m512 sums[STREAMS][ROWS];
#pragma GCC unroll 4
    for (int s = 0; s < streams; s++)
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++)
            sums[s][r] = _mm512_setzero_ps();
    for (int64_t group = 0; group < blocks; group += GROUP) {
        int64_t left = blocks - group < GROUP ? blocks - group : GROUP;
        __mmask16 mask = (__mmask16)((1u << left) - 1);
        float factors[STREAMS][ROWS][GROUP] __attribute__((aligned(64)));
        for (int r = 0; r < rows; r++) {
            __m512 group_scales = _mm512_maskz_loadu_ps(mask, scales + r * stride + group);
            for (int s = 0; s < streams; s++)
                _mm512_store_ps(factors[s][r],
                                _mm512_mul_ps(group_scales, _mm512_maskz_loadu_ps(mask, absmax + s * apart + group)));
        }
        for (int64_t i = 0; i < left; i += 2) {
            const int16_t *v = values + (group + i) / 2 * rows * PAIR;
            __mmask16 present = left - i == 1 ? 0x00ff : 0xffff;
#pragma GCC unroll 4
            for (int s = 0; s < streams; s++) {
                const uint8_t *here = packed + (s * apart + group + i) * NF4_BLOCK_BYTES;
                _mm_prefetch((const char *)here + PREFETCH_BYTES, _MM_HINT_T0);
                __m512i words[4], products[ROWS];
                look_up(t, _mm512_maskz_loadu_epi32(present, here), words);
#pragma GCC unroll 4
                for (int step = 0; step < 4; step++)
#pragma GCC unroll 8
                    for (int r = 0; r < rows; r++)
                        products[r] = _mm512_dpwssd_epi32(step ? products[r] : _mm512_setzero_si512(), words[step],
                                                          _mm512_loadu_si512(v + r * PAIR + step * 32));
#pragma GCC unroll 8
                for (int r = 0; r < rows; r++)
                    sums[s][r] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(products[r]), halves(&factors[s][r][i]), sums[s][r]);
            }
        }
    }
#pragma GCC unroll 4
    for (int s = 0; s < streams; s++)
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++)
            nf4_store(p, row + r, column + s * (apart / blocks), _mm512_reduce_add_ps(sums[s][r]));
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
            case 4: multiply_rows(p, t, column, 1, row, 1, 4); break;
            case 5: multiply_rows(p, t, column, 1, row, 1, 5); break;
            case 6: multiply_rows(p, t, column, 1, row, 1, 6); break;
            case 7: multiply_rows(p, t, column, 1, row, 1, 7); break;
            default: multiply_rows(p, t, column, 1, row, 1, ROWS); break;
            }
}

static void multiply(const Nf4Product *p, int64_t first, int64_t last)
{
    Tables t = tables();
    if (p->m == 1)
        multiply_streams(p, &t, first, last, STREAMS, 1);
    else if (p->m == 2)
        multiply_streams(p, &t, first, last, STREAMS, 2);
    else if (p->m == 4)
        multiply_streams(p, &t, first, last, 2, 4);
    else
        for (int64_t start = first; start < last; start += COLUMNS)
            multiply_groups(p, &t, start, start + COLUMNS < last ? start + COLUMNS : last);
}

/* A block's words fill one half of each of the four vectors of its pair; a missing last block counts as zeros. */
static void prepare(const float *x, int64_t k, int16_t *values, int64_t stride, float *scales)
{
    int64_t blocks = k / NF4_BLOCK;
    for (int64_t block = 0; block < (blocks + 1) / 2 * 2; block++) {
        __m256i words[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(),
                            _mm256_setzero_si256()};
        if (block < blocks)
            scales[block] = quantize_activations(x + block * NF4_BLOCK, words);
        for (int i = 0; i < 4; i++)
            _mm256_storeu_si256((__m256i *)(values + block / 2 * stride) + 2 * i + block % 2, words[i]);
    }
}

/* Two vectors rounded to bf16, the first in the lower half. */
static inline __m512i to_bf16(__m512 first, __m512 second)
{
#ifdef __AVX512BF16__
    return (__m512i)_mm512_cvtne2ps_pbh(second, first);
#else
    __m512 v[2] = {first, second};
    __m256i halves[2];
    for (int i = 0; i < 2; i++) {
        __m512i bits = _mm512_castps_si512(v[i]);
        __m512i last = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
        __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(last, _mm512_set1_epi32(0x7fff)));
        __mmask16 is_nan = _mm512_cmp_ps_mask(v[i], v[i], _CMP_UNORD_Q);
        rounded = _mm512_mask_mov_epi32(rounded, is_nan, _mm512_set1_epi32(0x7fc00000));
        halves[i] = _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded, 16));
    }
    return _mm512_inserti64x4(_mm512_castsi256_si512(halves[0]), halves[1], 1);
#endif
}

/* Sixteen weights: four bytes in every lane of a half, shifted to the lane's own code, which indexes the table. */
static inline __m512 unpack_16(const uint8_t *packed, __m512 table, __m512i shifts, __m512 scale)
{
    int32_t bytes[2];
    memcpy(bytes, packed, 8);
    __m512i codes = _mm512_mask_set1_epi32(_mm512_set1_epi32(bytes[0]), 0xff00, bytes[1]);
    return _mm512_mul_ps(_mm512_permutexvar_ps(_mm512_srlv_epi32(codes, shifts), table), scale);
}

static void unpack(const uint8_t *packed, const float *absmax, int64_t blocks, void *out, int is_bf16)
{
    const __m512 table = _mm512_loadu_ps(nf4_codes);
    /* a byte's high half comes first */
    const __m512i shifts = _mm512_setr_epi32(4, 0, 12, 8, 20, 16, 28, 24, 4, 0, 12, 8, 20, 16, 28, 24);
    for (int64_t block = 0; block < blocks; block++) {
        __m512 scale = _mm512_set1_ps(absmax[block]);
        for (int half = 0; half < 2; half++) {
            const uint8_t *bytes = packed + block * NF4_BLOCK_BYTES + half * 16;
            int64_t at = block * NF4_BLOCK + half * 32;
            __m512 first = unpack_16(bytes, table, shifts, scale), second = unpack_16(bytes + 8, table, shifts, scale);
            if (is_bf16)
                _mm512_storeu_si512((uint16_t *)out + at, to_bf16(first, second));
            else {
                _mm512_storeu_ps((float *)out + at, first);
                _mm512_storeu_ps((float *)out + at + 16, second);
            }
        }
    }
}

static int is_supported(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vbmi") && HAS_BF16;
}

const Nf4Path PATH = {NAME, is_supported, ROWS, PAIR, prepare, multiply, unpack};
#endif
