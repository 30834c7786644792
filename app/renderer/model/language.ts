import type { Preferences } from '../../../src/api/window.ts';

export type Language = Exclude<Preferences['language'], 'system'>;

/** The language to show: what is preferred, else the first the system asks for that there is, else English. */
export function chooseLanguage(preferred: Preferences['language'], asked: readonly string[]): Language {
  if (preferred !== 'system') return preferred;
  for (const tag of asked) {
    const { language, script, region } = new Intl.Locale(tag).maximize();
    if (language === 'en' || language === 'he') return language;
    if (language === 'zh' && (script === 'Hant' || region === 'TW' || region === 'HK')) return 'zh-Hant';
  }
  return 'en';
}

/** Which way a language is written. */
export function directionOf(language: Language): 'ltr' | 'rtl' {
  return language === 'he' ? 'rtl' : 'ltr';
}
