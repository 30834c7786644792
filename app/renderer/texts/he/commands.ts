import type { Texts } from '../catalogue.ts';

export const commands: Texts['commands'] = {
  title: 'פקודות',
  placeholder: 'פקודה או שם של שרת',
  none: 'אין דבר בשם כזה.',
  go: 'מעבר אל',
  servers: 'שרתים',
  actions: 'פעולות',
  signIn: (name: string) => `כניסה אל ${name}`,
  light: 'ערכת נושא בהירה',
  dark: 'ערכת נושא כהה',
  asSystem: 'ערכת נושא כמו במערכת',
};
