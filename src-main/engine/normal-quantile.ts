/**
 * @file The inverse of the standard normal distribution function, in exactly rounded operations only.
 *
 * Algorithm AS 241 (PPND16) of Wichura, Applied Statistics 37 (1988), 477-484, good to about 1 part in 10^16. Its one
 * logarithm is written out here: `Math.log` may differ in the last bit between engines and processors, whereas
 * + - * / and the square root are the same everywhere by IEEE 754 and ECMAScript.
 */

/** Coefficients in ascending powers: numerator, denominator. */
interface Rational {
  readonly numerator: readonly number[];
  readonly denominator: readonly number[];
}

/** |p - 1/2| <= 0.425. */
const CENTRAL: Rational = {
  numerator: [
    3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125, 45921.953931549871457,
    67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
  ],
  denominator: [
    1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867, 39307.89580009271061,
    28729.085735721942674, 5226.495278852854561,
  ],
};
/** sqrt(-ln(tail)) <= 5. */
const TAIL: Rational = {
  numerator: [
    1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
    1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4,
  ],
  denominator: [
    1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459,
    0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9,
  ],
};
/** Further out. */
const FAR_TAIL: Rational = {
  numerator: [
    6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123,
    0.026532189526576123093, 0.0012426609473880784386, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
  ],
  denominator: [
    1, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525, 7.868691311456132591e-4,
    1.8463183175100546818e-5, 1.4215117583164458887e-7, 2.04426310338993978564e-15,
  ],
};

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let power = coefficients.length - 1; power >= 0; power--) sum = sum * x + (coefficients[power] ?? 0);
  return sum;
}

function evaluate({ numerator, denominator }: Rational, x: number): number {
  return polynomial(numerator, x) / polynomial(denominator, x);
}

/**
 * The x with P(X <= x) = p for a standard normal X.
 * @param p more than 0 and less than 1
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * evaluate(CENTRAL, 0.180625 - q * q);
  const r = Math.sqrt(-portableLogarithm(q < 0 ? p : 1 - p));
  const size = r <= 5 ? evaluate(TAIL, r - 1.6) : evaluate(FAR_TAIL, r - 5);
  return q < 0 ? -size : size;
}

const bits = new DataView(new ArrayBuffer(8));
const SQRT_2 = 1.4142135623730951;
const LN_2 = 0.6931471805599453;
/** 2/1, 2/3, 2/5 … 2/23: with |f| below 0.1716 the first term left out is less than 1e-18 of the sum. */
const ODD_SERIES = Array.from({ length: 12 }, (_, k) => 2 / (2 * k + 1));

/**
 * The natural logarithm of a positive, normal double, to about 2 units in the last place, the same bits everywhere.
 * With x = m 2^e, m from 1/sqrt 2 to sqrt 2, and f = (m-1)/(m+1): ln x = e ln 2 + 2 (f + f^3/3 + f^5/5 + …).
 */
export function portableLogarithm(x: number): number {
  bits.setFloat64(0, x);
  const high = bits.getUint32(0);
  let exponent = (high >>> 20) - 1023;
  bits.setUint32(0, (high & 0xfffff) | (1023 << 20));
  let mantissa = bits.getFloat64(0);
  if (mantissa > SQRT_2) {
    mantissa /= 2;
    exponent++;
  }
  const f = (mantissa - 1) / (mantissa + 1);
  return exponent * LN_2 + f * polynomial(ODD_SERIES, f * f);
}
