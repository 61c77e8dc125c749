// What every kernel is made of. NVRTC compiles these files for a GPU; g++ compiles the same ones for the
// processor, with host.h in place of what CUDA brings. Multiplications and additions are fused only where
// fmaf says so (--fmad=false, -ffp-contract=off): every float comes out as in the native engine, to the bit.
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#ifdef ON_HOST
#include "host.h"
#else
#include <cuda_fp16.h>
extern __shared__ __align__(16) u8 shared_bytes[];
#define DYNAMIC_SHARED(type, name) type* const name = reinterpret_cast<type*>(shared_bytes)
#endif

#define KERNEL extern "C" __global__ void
#define INLINE __device__ __forceinline__

INLINE u32 smaller(u32 a, u32 b) { return a < b ? a : b; }
