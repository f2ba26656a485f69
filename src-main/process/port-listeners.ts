/**
 * @file What every port of ours has in common: messages that arrive before anyone listens wait, and the end is told once,
 * also to those who ask after it.
 */

export class PortListeners {
  private readonly messageListeners: ((message: unknown) => void)[] = [];
  private readonly closeListeners: (() => void)[] = [];
  private early: unknown[] = [];
  private hasEnded = false;

  get isClosed(): boolean {
    return this.hasEnded;
  }

  onMessage(listener: (message: unknown) => void): void {
    this.messageListeners.push(listener);
    const waiting = this.early;
    this.early = [];
    if (waiting.length > 0)
      queueMicrotask(() => {
        for (const message of waiting) this.deliver(message);
      });
  }

  onClose(listener: () => void): void {
    if (this.hasEnded) queueMicrotask(listener);
    else this.closeListeners.push(listener);
  }

  deliver(message: unknown): void {
    if (this.messageListeners.length === 0) this.early.push(message);
    else for (const listener of this.messageListeners) listener(message);
  }

  closed(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    for (const listener of this.closeListeners.splice(0)) listener();
  }
}
