/* The quantizer, compiled once for every processor and once with AVX2, where it is several times as fast. */
#ifndef NF4_QUANTIZE_H
#define NF4_QUANTIZE_H

#include "nf4.h"

enum { NF4_FLOAT32 = 0, NF4_BFLOAT16 = 1, NF4_FLOAT16 = 2 };

typedef void Nf4Quantize(const void *weights, int type, int64_t first, int64_t last, uint8_t *packed, float *absmax);

Nf4Quantize nf4_quantize_blocks, nf4_quantize_blocks_avx2;

#endif
