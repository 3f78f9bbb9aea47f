/* One block of 64 activations as 16-bit integers, with the 256-bit vectors that both AVX2 and AVX-512 have. */
#ifndef NF4_ACTIVATIONS_H
#define NF4_ACTIVATIONS_H

#include "nf4.h"

#include <immintrin.h>
#include <math.h>

/* The largest magnitude. As whole numbers they order as they do as floats, and NaN lies above infinity. */
static inline float largest_magnitude(const float *x)
{
    __m256i most = _mm256_setzero_si256(), sign = _mm256_set1_epi32(0x7fffffff);
    for (int i = 0; i < NF4_BLOCK; i += 8)
        most = _mm256_max_epu32(most, _mm256_and_si256(sign, _mm256_loadu_si256((const __m256i *)(x + i))));
    __m128i half = _mm_max_epu32(_mm256_castsi256_si128(most), _mm256_extracti128_si256(most, 1));
    half = _mm_max_epu32(half, _mm_shuffle_epi32(half, 0x4e));
    half = _mm_max_epu32(half, _mm_shuffle_epi32(half, 0xb1));
    return _mm_cvtss_f32(_mm_castsi128_ps(half));
}

/* Sixteen activations as words, those of even places in the lower half, those of odd ones in the upper. */
static inline __m256i even_and_odd(const float *x, __m256 inverse)
{
    __m256i first = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(x), inverse));
    __m256i second = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(x + 8), inverse));
    __m256i in_order = _mm256_permute4x64_epi64(_mm256_packs_epi32(first, second), 0xd8);
    const __m256i apart = _mm256_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15, /* in each half */
                                           0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15);
    return _mm256_permute4x64_epi64(_mm256_shuffle_epi8(in_order, apart), 0xd8);
}

/* Fills `words` in the order in which `look_up` gives the words of 64 weights, and returns their scale, as
 * nf4_activation_scale defines it. */
static inline float quantize_activations(const float *x, __m256i words[4])
{
    float most = largest_magnitude(x);
    int counts = most >= NF4_TINY && most <= 3.402823466e38f;
    __m256 inverse = _mm256_set1_ps(NF4_ACTIVATION_MAX / most);
    __m256i parts[4];
    for (int i = 0; i < 4; i++)
        parts[i] = counts ? even_and_odd(x + 16 * i, inverse) : _mm256_setzero_si256();
    words[0] = _mm256_permute2x128_si256(parts[0], parts[2], 0x20);
    words[1] = _mm256_permute2x128_si256(parts[1], parts[3], 0x20);
    words[2] = _mm256_permute2x128_si256(parts[0], parts[2], 0x31);
    words[3] = _mm256_permute2x128_si256(parts[1], parts[3], 0x31);
    if (counts)
        return most / NF4_ACTIVATION_MAX / NF4_CODE_SCALE;
    return most < NF4_TINY ? 0.0f : NAN;
}

#endif
