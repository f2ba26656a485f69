/** @file Arrow keys among the buttons of a row. */

/** Left and right to the neighbour, Home and End to the ends; the row itself keeps one tab stop. */
export function moveFocus(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>("button:not(:disabled)")];
  const place = buttons.findIndex((button) => button === document.activeElement);
  const wanted = { ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: buttons.length - 1 }[event.key];
  const target = wanted === undefined ? undefined : buttons[wanted];
  if (target === undefined) return;
  event.preventDefault();
  target.focus();
}
