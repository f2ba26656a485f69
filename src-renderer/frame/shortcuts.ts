/** @file The keys that work wherever the focus is. */

export type Command =
  | { readonly kind: "generate" | "cancel" | "nextPane" | "previousPane" | "zoomReset" }
  | { readonly kind: "zoom"; readonly steps: 1 | -1 }
  /** 0-based place among the views. */
  | { readonly kind: "view"; readonly place: number };

/** What is needed of a `KeyboardEvent`. */
export interface Keys {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** On a Mac the command key stands for Ctrl. */
export function commandOf({ key, ctrlKey, metaKey, altKey, shiftKey }: Keys): Command | undefined {
  if (key === "F6") return { kind: shiftKey ? "previousPane" : "nextPane" };
  if (!(ctrlKey || metaKey) || altKey) return undefined;
  switch (key) {
    case "Enter":
      return { kind: "generate" };
    case ".":
      return { kind: "cancel" };
    case "+":
    case "=":
      return { kind: "zoom", steps: 1 };
    case "-":
      return { kind: "zoom", steps: -1 };
    case "0":
      return { kind: "zoomReset" };
    case "1":
    case "2":
    case "3":
    case "4":
    case "5":
      return { kind: "view", place: Number(key) - 1 };
    default:
      return undefined;
  }
}
