import type { Language } from '../model/language.ts';
import { all as en } from './en/all.ts';

/** All texts of the window; English is what the others are held to. */
export type Texts = typeof en;

/** The texts of a language; what is not English is fetched when it is needed. */
export async function loadTexts(language: Language): Promise<Texts> {
  if (language === 'zh-Hant') return (await import('./zh-hant/all.ts')).all;
  if (language === 'he') return (await import('./he/all.ts')).all;
  return en;
}

export { en };
