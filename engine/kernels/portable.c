/* The reference in plain C: what every instruction set must agree with, and what runs where none of them is there. */
#include "nf4.h"

#include <math.h>

const float nf4_codes[16] = {
    -0x1p+0f,         -0x1.647362p-1f, -0x1.0cd660p-1f, -0x1.946540p-2f, -0x1.23449ap-2f, -0x1.7a6a7ep-3f,
    -0x1.74f0e2p-4f,  0.0f,            0x1.45f5fep-4f,  0x1.4995c6p-3f,  0x1.f809bap-3f,  0x1.5a0674p-2f,
    0x1.c34970p-2f,   0x1.200f56p-1f,  0x1.722766p-1f,  0x1p+0f,
};

const int16_t nf4_code_words[16] = {
    -16384, -11406, -8603, -6470, -4660, -3027, -1492, 0, 1304, 2637, 4032, 5536, 7221, 9218, 11845, 16384,
};

static int always(void)
{
    return 1;
}

float nf4_activation_scale(const float *x, float *inverse)
{
    float largest = 0.0f;
    int is_finite = 1;
    for (int i = 0; i < NF4_BLOCK; i++) {
        float magnitude = fabsf(x[i]);
        is_finite &= magnitude <= 3.402823466e38f;
        largest = magnitude > largest ? magnitude : largest;
    }
    *inverse = 0.0f;
    if (!is_finite)
        return NAN;
    if (largest < NF4_TINY)
        return 0.0f;
    *inverse = NF4_ACTIVATION_MAX / largest;
    return largest / NF4_ACTIVATION_MAX / NF4_CODE_SCALE;
}

static void prepare(const float *x, int64_t k, int16_t *values, int64_t stride, float *scales)
{
    for (int64_t block = 0; block < k / NF4_BLOCK; block++) {
        float inverse;
        scales[block] = nf4_activation_scale(x + block * NF4_BLOCK, &inverse);
        for (int i = 0; i < NF4_BLOCK; i++)
            values[block * stride + i] = inverse == 0.0f ? 0 : (int16_t)lrintf(x[block * NF4_BLOCK + i] * inverse);
    }
}

static int64_t dot(const uint8_t *packed, const int16_t *values)
{
    int64_t sum = 0;
    for (int i = 0; i < NF4_BLOCK_BYTES; i++) {
        sum += nf4_code_words[packed[i] >> 4] * values[2 * i];
        sum += nf4_code_words[packed[i] & 15] * values[2 * i + 1];
    }
    return sum;
}

static void multiply(const Nf4Product *p, int64_t first, int64_t last)
{
    int64_t blocks = p->k / NF4_BLOCK;
    for (int64_t column = first; column < last; column++) {
        const uint8_t *packed = p->packed + column * blocks * NF4_BLOCK_BYTES;
        const float *absmax = p->absmax + column * blocks;
        for (int64_t row = 0; row < p->m; row++) {
            const int16_t *values = p->values + row * p->padded_k;
            const float *scales = p->scales + row * p->scales_stride;
            float sum = 0.0f;
            for (int64_t block = 0; block < blocks; block++) {
                int64_t products = dot(packed + block * NF4_BLOCK_BYTES, values + block * NF4_BLOCK);
                sum += (float)products * (scales[block] * absmax[block]);
            }
            nf4_store(p, row, column, sum);
        }
    }
}

static void unpack(const uint8_t *packed, const float *absmax, int64_t blocks, void *out, int is_bf16)
{
    for (int64_t i = 0; i < blocks * NF4_BLOCK; i++) {
        uint8_t pair = packed[i / 2];
        float value = nf4_codes[i & 1 ? pair & 15 : pair >> 4] * absmax[i / NF4_BLOCK];
        if (is_bf16)
            ((uint16_t *)out)[i] = nf4_to_bf16(value);
        else
            ((float *)out)[i] = value;
    }
}

const Nf4Path nf4_portable = {"portable", always, 1, NF4_BLOCK, prepare, multiply, unpack};
