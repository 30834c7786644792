/** One end of a wire that carries plain data both ways. */
export interface Port {
  post(message: unknown): void;
  /** Resolves when what was posted is mostly on its way; a stream waits for it. `undefined`: it is. */
  ready?(): Promise<void> | undefined;
  /** Returns what ends the listening. */
  onMessage(listener: (message: unknown) => void): () => void;
  onClose(listener: () => void): () => void;
}

/** A Port whose closing is up to this end. Who listens for that hears of it then too. */
export interface ClosablePort extends Port {
  close(): void;
}
