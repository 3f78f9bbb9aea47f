/* NF4 codes and scales of weights, bit for bit those of bitsandbytes.functional.quantize_4bit on a processor.
 *
 * Its rule: v = x * (1 / max(absmax, 1e-38)) in float32; the code is the number of midpoints that are not >= v, which
 * gives 15 to what is not a number. The compiler makes vectors of these loops.
 */
#include "quantize.h"

static const float bounds[15] = {
    /* midpoints of neighbouring codes as torch computes them in float32 */
    -0.8480963706970215f, -0.6106328964233398f, -0.4599952697753906f,  -0.33967941999435425f, -0.23460739850997925f,
    -0.13791173696517944f, -0.045525018125772476f, 0.03979014977812767f, 0.120255246758461f, 0.2035212516784668f,
    0.2920137643814087f, 0.3893125355243683f, 0.5016634464263916f, 0.6427869200706482f, 0.8614784479141235f,
};

static inline float from_float16(uint16_t bits)
{
    union { uint32_t u; float f; } value, magic = {.u = 113u << 23};
    uint32_t exponent = 0x7c00u << 13;
    value.u = (bits & 0x7fffu) << 13;
    uint32_t found = value.u & exponent;
    value.u += (127u - 15u) << 23;
    if (found == exponent)
        value.u += (128u - 16u) << 23;
    else if (found == 0) {
        value.u += 1u << 23;
        value.f -= magic.f;
    }
    value.u |= (uint32_t)(bits & 0x8000u) << 16;
    return value.f;
}

static void read_block(const void *weights, int type, int64_t block, float x[NF4_BLOCK])
{
    int64_t first = block * NF4_BLOCK;
    if (type == NF4_FLOAT32)
        for (int i = 0; i < NF4_BLOCK; i++)
            x[i] = ((const float *)weights)[first + i];
    else if (type == NF4_BFLOAT16)
        for (int i = 0; i < NF4_BLOCK; i++)
            x[i] = nf4_from_bf16(((const uint16_t *)weights)[first + i]);
    else
        for (int i = 0; i < NF4_BLOCK; i++)
            x[i] = from_float16(((const uint16_t *)weights)[first + i]);
}

/* As whole numbers the magnitudes order as they do as floats, and NaN lies above infinity, as torch's max has it. */
static float largest(const float x[NF4_BLOCK])
{
    union { float f; uint32_t u; } value;
    uint32_t found = 0;
    for (int i = 0; i < NF4_BLOCK; i++) {
        value.f = x[i];
        uint32_t magnitude = value.u & 0x7fffffffu;
        found = magnitude > found ? magnitude : found;
    }
    value.u = found;
    return value.f;
}

void NF4_QUANTIZE(const void *weights, int type, int64_t first, int64_t last, uint8_t *packed, float *absmax)
{
    float x[NF4_BLOCK];
    for (int64_t block = first; block < last; block++) {
        int32_t codes[NF4_BLOCK] = {0};
        read_block(weights, type, block, x);
        float most = largest(x), inverse = 1.0f / (most < 1e-38f ? 1e-38f : most);
        absmax[block] = most;
        for (int i = 0; i < NF4_BLOCK; i++)
            x[i] *= inverse;
        for (int bound = 0; bound < 15; bound++)
            for (int i = 0; i < NF4_BLOCK; i++)
                codes[i] += !(bounds[bound] >= x[i]);
        for (int i = 0; i < NF4_BLOCK_BYTES; i++)
            packed[block * NF4_BLOCK_BYTES + i] = (uint8_t)(codes[2 * i] << 4 | codes[2 * i + 1]);
    }
}
