/**
 * @file What each kernel takes, in order: the one place where TypeScript knows the signatures of kernels/*.cu.
 *
 * A test compares this table with the sources.
 */

export type ArgumentKind = "pointer" | "i32" | "i64" | "f32";

const P = "pointer";

/** `_f32` and `_bf16` move 16 bytes at a time, `_scalar` serves sizes and addresses that this does not fit. */
const TYPED = {
  swiGlu: [P, P, P, "i64"],
  residualNorm: [P, P, P, P, P, P, "i32", "f32"],
  normModulate: [P, P, P, "i32", "f32"],
  layerNormScale: [P, P, P, "i32", "f32"],
  qkvNormRotary: [P, P, P, P, P, P, P, P, "i32", "i32", "i32", "i32", "i32", "f32"],
} as const satisfies Record<string, readonly ArgumentKind[]>;

const PLAIN = {
  linearCombine: [P, P, P, P, P, "f32", "f32", "f32", "f32", "i32", "i64"],
  squareParts: [P, P, P, "i64"],
  addParts: [P, P],
  guidanceParts: [P, P, "f32", P, "i64"],
  guide: [P, P, "f32", "f32", P, P, P, "f32", P, "i64"],
  countNonFinite: [P, P, "i64"],
  planesToRgb8: [P, P, "i64"],
  latentPreview: [P, P, P, "i32", "i64"],
  castToBf16: [P, P, "i64"],
  castToBf16_scalar: [P, P, "i64"],
  castToF32: [P, P, "i64"],
  castToF32_scalar: [P, P, "i64"],
} as const satisfies Record<string, readonly ArgumentKind[]>;

export type TypedKernel = keyof typeof TYPED;

type TypedVariant = `${TypedKernel}_${"f32" | "bf16"}${"" | "_scalar"}`;

export type KernelName = keyof typeof PLAIN | TypedVariant;

const VARIANTS = ["f32", "f32_scalar", "bf16", "bf16_scalar"];

/** By the name of the kernel. */
export const KERNELS: Readonly<Record<KernelName, readonly ArgumentKind[]>> = {
  ...PLAIN,
  ...(Object.fromEntries<readonly ArgumentKind[]>(
    Object.entries(TYPED).flatMap(([name, kinds]) => VARIANTS.map((variant) => [`${name}_${variant}`, kinds])),
  ) as Record<TypedVariant, readonly ArgumentKind[]>),
};

export const KERNEL_NAMES = Object.keys(KERNELS) as KernelName[];
