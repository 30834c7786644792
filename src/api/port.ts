/** One end of a wire that carries plain data both ways. */
export interface Port {
  post(message: unknown): void;
  /** Returns what ends the listening. */
  onMessage(listener: (message: unknown) => void): () => void;
  onClose(listener: () => void): () => void;
}
