/**
 * @file The instructions that stand before a prompt for the encoder of token states, as NewBie-image-Exp0.1 was trained with
 * them. Plain text before plain text: "<Prompt Start>" is no special token, and the last space belongs to the instruction.
 */

export const SYSTEM_PROMPTS = {
  /** For prompts in XML. */
  xml: "You are an assistant designed to generate high-quality anime images based on xml format prompts. <Prompt Start> ",
  /** For tags and sentences. */
  text: "You are an assistant designed to generate high-quality anime images with the highest degree of image-text alignment based on textual prompts. <Prompt Start> ",
  /** The bare prompt. */
  none: "",
} as const;

export type SystemPreset = keyof typeof SYSTEM_PROMPTS;
