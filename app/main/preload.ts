import { contextBridge, ipcRenderer } from 'electron';

// Runs in the page's sandbox, beside the page and out of its reach. It grows no further than this.

/** As in wire.ts, which checks who sends it. */
const CHANNEL = 'keybridge';

/** Hears each text, and null when the far end is gone. */
type Listener = (text: string | null) => void;

const listeners = new Set<Listener>();
let port: MessagePort | undefined;

/** A fresh channel; its far end goes to Keybridge's own process. */
function open(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => {
    const text = String(data);
    for (const listener of [...listeners]) listener(text);
    // Says that it has arrived, so that no more is sent than the page keeps up with.
    port1.postMessage(text.length);
  };
  // Chromium says so as Electron does; the DOM's types do not know it yet.
  port1.addEventListener('close', () => {
    port = undefined;
    const told = [...listeners];
    listeners.clear();
    for (const listener of told) listener(null);
  });
  ipcRenderer.postMessage(CHANNEL, null, [port2]);
  return port1;
}

// Security 20: the page gets these two functions, never ipcRenderer itself.
contextBridge.exposeInMainWorld('keybridge', {
  post: (text: unknown) => port?.postMessage(String(text)),
  onMessage: (listener: Listener) => {
    port ??= open();
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  },
});
