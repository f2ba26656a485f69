// Enough of CUDA's C++ to run our kernels on the CPU: the threads of a block are fibres that take turns, and change over at
// barriers and warp shuffles only. Every live thread must come to the same kind of barrier, else the launch fails, as it
// would hang or give rubbish on a GPU.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <setjmp.h>
#include <string>
#include <ucontext.h>
#include <utility>
#include <vector>

#define __device__
#define __global__
#define __forceinline__ inline
#define __launch_bounds__(threads)
#define __shared__ static

struct Index {
  unsigned x;
};
static Index threadIdx, blockIdx, blockDim, gridDim;

struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};

enum Stop { RUNNING, BARRIER, SHUFFLE, DONE };

static const size_t STACK_BYTES = 64 * 1024;

// Started through its context, and resumed by jumps, which unlike contexts cost no call of the system.
struct Fibre {
  ucontext_t context;
  jmp_buf place;
  std::vector<char> stack;
  Stop stop;
};

static std::vector<Fibre> fibres;
static jmp_buf scheduler;
static std::vector<float> lanes;
static std::function<void()> body;

static void stopAt(Stop stop) {
  unsigned thread = threadIdx.x;
  fibres[thread].stop = stop;
  if (!_setjmp(fibres[thread].place)) _longjmp(scheduler, 1);
  threadIdx.x = thread;
}

static void fibreMain() {
  body();
  stopAt(DONE);
}

static void __syncthreads() { stopAt(BARRIER); }

static float __shfl_xor_sync(unsigned, float value, int offset) {
  lanes[threadIdx.x] = value;
  stopAt(SHUFFLE);
  float other = lanes[threadIdx.x ^ offset];
  stopAt(SHUFFLE);
  return other;
}

static int atomicAdd(int *address, int value) {
  int before = *address;
  *address += value;
  return before;
}

static float __uint_as_float(unsigned bits) {
  float value;
  memcpy(&value, &bits, 4);
  return value;
}
static unsigned __float_as_uint(float value) {
  unsigned bits;
  memcpy(&bits, &value, 4);
  return bits;
}
static float rsqrtf(float value) { return 1.0f / sqrtf(value); }
// A function of that name is hidden in the C library.
#define __expf(value) expf(value)
static float __fdividef(float a, float b) { return a / b; }

// Runs a thread up to its next stop.
static void resume(unsigned thread) {
  threadIdx.x = thread;
  if (_setjmp(scheduler)) return;
  if (fibres[thread].stop == RUNNING) setcontext(&fibres[thread].context);
  _longjmp(fibres[thread].place, 1);
}

// Runs one block. False where its threads came to different stops.
static bool runBlock(unsigned threads) {
  if (fibres.size() < threads) fibres.resize(threads);
  lanes.assign(threads, 0);
  for (unsigned thread = 0; thread < threads; thread++) {
    Fibre &fibre = fibres[thread];
    fibre.stack.resize(STACK_BYTES);
    getcontext(&fibre.context);
    fibre.context.uc_stack.ss_sp = fibre.stack.data();
    fibre.context.uc_stack.ss_size = STACK_BYTES;
    fibre.context.uc_link = nullptr;
    makecontext(&fibre.context, fibreMain, 0);
    fibre.stop = RUNNING;
  }
  while (true) {
    for (unsigned thread = 0; thread < threads; thread++) resume(thread);
    for (unsigned thread = 1; thread < threads; thread++)
      if (fibres[thread].stop != fibres[0].stop) return false;
    if (fibres[0].stop == DONE) return true;
  }
}

// What table of kernels says of an argument.
static const char *kindOf(const void *) { return "pointer"; }
static const char *kindOf(int) { return "i32"; }
static const char *kindOf(long long) { return "i64"; }
static const char *kindOf(float) { return "f32"; }

struct Kernel {
  std::string name, kinds;
  std::function<void(void **)> call;
};
static std::vector<Kernel> kernels;

template <class... Arguments, size_t... I>
static Kernel describe(const char *name, void (*kernel)(Arguments...), std::index_sequence<I...>) {
  std::string kinds;
  ((kinds += std::string(kinds.empty() ? "" : " ") + kindOf(Arguments())), ...);
  return {name, kinds, [=](void **parameters) { kernel(*static_cast<Arguments *>(parameters[I])...); }};
}

template <class... Arguments> static bool add(const char *name, void (*kernel)(Arguments...)) {
  kernels.push_back(describe(name, kernel, std::index_sequence_for<Arguments...>()));
  return true;
}
#define KERNEL(NAME) static bool has_##NAME = add(#NAME, NAME);

static const Kernel *find(const char *name) {
  for (const Kernel &kernel : kernels)
    if (kernel.name == name) return &kernel;
  return nullptr;
}

// Kinds of the kernel's arguments, separated by blanks; null where there is no such kernel.
extern "C" const char *emulatedKinds(const char *name) {
  const Kernel *kernel = find(name);
  return kernel ? kernel->kinds.c_str() : nullptr;
}

// 0 where it went well, 1 for no such kernel, 2 where threads diverged at a barrier.
extern "C" int emulatedLaunch(const char *name, unsigned blocks, unsigned threads, void **parameters) {
  const Kernel *kernel = find(name);
  if (!kernel) return 1;
  gridDim.x = blocks;
  blockDim.x = threads;
  body = [=] { kernel->call(parameters); };
  for (unsigned block = 0; block < blocks; block++) {
    blockIdx.x = block;
    if (!runBlock(threads)) return 2;
  }
  return 0;
}
