/** @file The texts of the frame in English: the table that the other languages are checked against. */

export const en = {
  product: "Tachie",
};
