/* AVX2 and FMA: Intel since Haswell, AMD since Zen. */
#if defined(__x86_64__)
#include <immintrin.h>
#define NF4_MULTIPLY_ADD(sum, a, b) _mm256_add_epi32(sum, _mm256_madd_epi16(a, b))
#define NF4_TREE /* two short chains instead of a long one */
#include "product_256.h"

static int is_supported(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

const Nf4Path nf4_avx2 = {"avx2", is_supported, ROWS, NF4_BLOCK, prepare, multiply, unpack, head};
#endif
