import type { Texts } from '../catalogue.ts';

export const commands: Texts['commands'] = {
  title: '命令',
  placeholder: '輸入命令或伺服器名稱',
  none: '沒有這個名稱。',
  go: '前往',
  servers: '伺服器',
  actions: '動作',
  signIn: (name: string) => `登入 ${name}`,
  light: '淺色主題',
  dark: '深色主題',
  asSystem: '主題依照系統',
};
