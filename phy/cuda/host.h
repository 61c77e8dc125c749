// What kernels find of CUDA when g++ compiles them for the processor: every CUDA thread of a CTA is a fibre
// (or, for ThreadSanitizer, a thread of the system's), and CTAs follow one another.
#pragma once
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>
#ifdef HOST_THREADS
#include <barrier>
#include <thread>
#else
#include <ucontext.h>
#endif

#define __device__
#define __global__
#define __constant__ static const
#define __shared__ static
#define __forceinline__ inline
#define __launch_bounds__(...)
#define DYNAMIC_SHARED(type, name) type* const name = reinterpret_cast<type*>(host::shared)

struct Dim {
    unsigned x, y;
};
static thread_local Dim threadIdx, blockIdx;
static Dim blockDim, gridDim;

static inline float __uint_as_float(u32 x) { float y; std::memcpy(&y, &x, 4); return y; }
static inline u32 __float_as_uint(float x) { u32 y; std::memcpy(&y, &x, 4); return y; }
static inline u32 __umulhi(u32 a, u32 b) { return (u32)((u64)a * b >> 32); }
static inline u32 __byte_perm(u32 a, u32 b, u32 selector) {
    const u64 both = (u64)b << 32 | a;
    u32 chosen = 0;
    for (int i = 0; i < 4; ++i) chosen |= (u32)(both >> 8 * (selector >> 4 * i & 7) & 255) << 8 * i;
    return chosen;
}
template <class T> static T atomicAdd(T* at, T more) { return std::atomic_ref<T>(*at).fetch_add(more); }
static inline u32 atomicOr(u32* at, u32 more) { return std::atomic_ref<u32>(*at).fetch_or(more); }
static inline u32 atomicXor(u32* at, u32 more) { return std::atomic_ref<u32>(*at).fetch_xor(more); }

// --- Halves, and pairs of 16-bit numbers in a word ---

struct half2 {
    _Float16 x, y;
};
template <class F> static half2 in_each(half2 a, half2 b, F f) {
    return {(_Float16)f((float)a.x, (float)b.x), (_Float16)f((float)a.y, (float)b.y)};
}
static inline half2 __hmin2(half2 a, half2 b) { return in_each(a, b, [](float x, float y) { return std::fmin(x, y); }); }
static inline half2 __hmax2(half2 a, half2 b) { return in_each(a, b, [](float x, float y) { return std::fmax(x, y); }); }
static inline half2 __hadd2_rn(half2 a, half2 b) { return in_each(a, b, [](float x, float y) { return x + y; }); }
static inline half2 __hsub2_rn(half2 a, half2 b) { return in_each(a, b, [](float x, float y) { return x - y; }); }
static inline half2 __hfma2(half2 a, half2 b, half2 c) {
    return {(_Float16)std::fma((float)a.x, (float)b.x, (float)c.x), (_Float16)std::fma((float)a.y, (float)b.y, (float)c.y)};
}
static inline half2 __float2half2_rn(float x) { return {(_Float16)x, (_Float16)x}; }
static inline half2 __floats2half2_rn(float x, float y) { return {(_Float16)x, (_Float16)y}; }
static inline float __low2float(half2 a) { return (float)a.x; }
static inline float __high2float(half2 a) { return (float)a.y; }
static inline u32 __heq2_mask(half2 a, half2 b) {
    return (a.x == b.x ? 0xFFFFu : 0) | (a.y == b.y ? 0xFFFF0000u : 0);
}

template <class F> static u32 in_each_half(u32 a, u32 b, F f) {
    return (u16)f((u16)a, (u16)b) | (u32)(u16)f((u16)(a >> 16), (u16)(b >> 16)) << 16;
}
static inline int held(int x) { return x < -32768 ? -32768 : x > 32767 ? 32767 : x; }
static inline u32 __vaddss2(u32 a, u32 b) { return in_each_half(a, b, [](u16 x, u16 y) { return held((short)x + (short)y); }); }
static inline u32 __vsubss2(u32 a, u32 b) { return in_each_half(a, b, [](u16 x, u16 y) { return held((short)x - (short)y); }); }
static inline u32 __vsubus2(u32 a, u32 b) { return in_each_half(a, b, [](u16 x, u16 y) { return x > y ? x - y : 0; }); }
static inline u32 __vsub2(u32 a, u32 b) { return in_each_half(a, b, [](u16 x, u16 y) { return x - y; }); }
static inline u32 __vabs2(u32 a) { return in_each_half(a, a, [](u16 x, u16) { return std::abs((short)x); }); }
static inline u32 __vminu2(u32 a, u32 b) { return in_each_half(a, b, [](u16 x, u16 y) { return x < y ? x : y; }); }
static inline u32 __vmaxu2(u32 a, u32 b) { return in_each_half(a, b, [](u16 x, u16 y) { return x > y ? x : y; }); }
static inline u32 __vcmpeq2(u32 a, u32 b) { return in_each_half(a, b, [](u16 x, u16 y) { return x == y ? 0xFFFF : 0; }); }

// --- Barriers, votes and CTAs ---

namespace host {
static u8* shared;
static std::atomic<int> votes[3];

#ifdef HOST_THREADS
static std::unique_ptr<std::barrier<>> gate;
static thread_local unsigned round_of_votes;
static inline unsigned& own_round() { return round_of_votes; }
static inline void wait() { gate->arrive_and_wait(); }

template <class F> void run_ctas(F kernel) {
    gate = std::make_unique<std::barrier<>>(blockDim.x);
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < blockDim.x; ++t)
        threads.emplace_back([=] {
            threadIdx.x = t;
            for (blockIdx.y = 0; blockIdx.y < gridDim.y; ++blockIdx.y)
                for (blockIdx.x = 0; blockIdx.x < gridDim.x; ++blockIdx.x) {
                    kernel();
                    wait();
                }
        });
    for (auto& thread : threads) thread.join();
}
#else
const size_t STACK = 1 << 16;
static ucontext_t scheduler;
struct Fibre {
    ucontext_t context;
    bool done;
    unsigned round_of_votes;
};
static std::vector<Fibre> fibres;
static std::vector<u8> stacks;
static unsigned running;
static inline unsigned& own_round() { return fibres[running].round_of_votes; }
static inline void wait() { swapcontext(&fibres[running].context, &scheduler); }

template <class F> struct Body {
    static F* kernel;
    static void enter() {
        (*kernel)();
        fibres[running].done = true;
    }
};
template <class F> F* Body<F>::kernel;

// Run a CTA's threads from barrier to barrier; all must come to each, or the kernel is wrong.
template <class F> void run_cta(F& kernel) {
    Body<F>::kernel = &kernel;
    for (unsigned t = 0; t < blockDim.x; ++t) {
        Fibre& fibre = fibres[t];
        fibre.done = false;
        getcontext(&fibre.context);
        fibre.context.uc_stack.ss_sp = stacks.data() + t * STACK;
        fibre.context.uc_stack.ss_size = STACK;
        fibre.context.uc_link = &scheduler;
        makecontext(&fibre.context, Body<F>::enter, 0);
    }
    for (unsigned done = 0; done < blockDim.x;) {
        done = 0;
        for (running = 0; running < blockDim.x; ++running) {
            threadIdx.x = running;
            swapcontext(&scheduler, &fibres[running].context);
            done += fibres[running].done;
        }
        if (done && done < blockDim.x) {
            std::fputs("a barrier that some threads never reach\n", stderr);
            std::abort();
        }
    }
}

template <class F> void run_ctas(F kernel) {
    fibres.resize(blockDim.x);
    stacks.resize(blockDim.x * STACK);
    for (auto& fibre : fibres) fibre.round_of_votes = 0;
    for (blockIdx.y = 0; blockIdx.y < gridDim.y; ++blockIdx.y)
        for (blockIdx.x = 0; blockIdx.x < gridDim.x; ++blockIdx.x) run_cta(kernel);
}
#endif

static inline int vote(int truth) {
    const unsigned slot = own_round()++ % 3;
    votes[(slot + 1) % 3] = 0;  // nobody is there yet, nor still there
    if (truth) votes[slot] = 1;
    wait();
    return votes[slot];
}

template <class... A, size_t... I>
void launch(void (*kernel)(A...), void** arguments, std::index_sequence<I...>) {
    run_ctas([=] { kernel(*static_cast<A*>(arguments[I])...); });
}

// Run a kernel as cuLaunchKernel does.
template <class... A>
void launch(void (*kernel)(A...), unsigned grid_x, unsigned grid_y, unsigned threads, size_t bytes, void** arguments) {
    std::vector<u8> memory(bytes + 16);
    shared = memory.data() + (16 - (size_t)memory.data() % 16) % 16;
    for (auto& each : votes) each = 0;
    gridDim = {grid_x, grid_y};
    blockDim = {threads, 1};
    launch(kernel, arguments, std::index_sequence_for<A...>());
}
}  // namespace host

static inline void __syncthreads() { host::wait(); }
static inline int __syncthreads_or(int truth) { return host::vote(truth); }
