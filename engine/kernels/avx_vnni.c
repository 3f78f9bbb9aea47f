/* AVX-VNNI: Intel's 12th generation on, AMD since Zen 5. */
#if defined(__x86_64__)
#include <immintrin.h>
#define NF4_MULTIPLY_ADD(sum, a, b) _mm256_dpwssd_avx_epi32(sum, a, b)
#include "product_256.h"

#include <cpuid.h>

static int is_supported(void)
{
    unsigned a, b, c, d;
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __get_cpuid_count(7, 1, &a, &b, &c, &d) &&
           (a & 1u << 4);
}

const Nf4Path nf4_avx_vnni = {"avx_vnni", is_supported, ROWS, NF4_BLOCK, prepare, multiply, unpack, head};
#endif
