import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../base/fault.ts';
import type { SecretVault } from '../base/world.ts';
import { folderFiles, unwritable } from './files.ts';
import { readOwn } from './own-file.ts';

/**
 * Secrets in files of the state folder that only the user can read: the file `key` for the secret of that
 * name, `key.<name>` for others. Only by the user's explicit choice, since it guards against other users
 * and not against a copy of the folder. Throws `home.unsafe` for a file others can read, `store.damaged`
 * for one that is not ours, `store.unwritable`.
 */
export function fileVault(folder: string): SecretVault {
  const files = folderFiles(folder);
  const fileOf = (name: string) => (name === 'key' ? 'key' : `key.${name}`);
  return {
    kind: 'file',
    async get(name) {
      const path = join(folder, fileOf(name));
      let text: string | undefined;
      try {
        text = readOwn(path, { secret: true })?.toString();
      } catch (error) {
        throw unwritable(`${path} cannot be read`, error);
      }
      if (text === undefined) return undefined;
      if (!/^([0-9a-f]{2})*\n$/.test(text)) {
        throw new Fault('store.damaged', `${path} is damaged.`, {
          remedy: 'Bring it back from a backup, or delete it and sign in again.',
        });
      }
      return Uint8Array.from(Buffer.from(text.trimEnd(), 'hex'));
    },
    set(name, secret) {
      return files.replace(fileOf(name), Buffer.from(`${Buffer.from(secret).toString('hex')}\n`));
    },
    async delete(name) {
      const path = join(folder, fileOf(name));
      try {
        await unlink(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
          throw unwritable(`${path} cannot be deleted`, error);
        }
      }
    },
  };
}
