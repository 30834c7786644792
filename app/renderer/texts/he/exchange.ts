import type { Texts } from '../catalogue.ts';
import { exchange as en } from '../en/exchange.ts';
import { isolated } from './isolated.ts';

export const exchange: Texts['exchange'] = {
  pending: 'ממתין',
  copyCurl: 'העתקה כ־curl',
  requestHeaders: 'כותרות הבקשה',
  requestBody: 'גוף הבקשה',
  answerHeaders: 'כותרות התשובה',
  answerBody: 'גוף התשובה',
  noBody: 'אין גוף.',
  brokeOff: 'הגוף נקטע לפני סופו.',
  unseen: 'הגוף אינו טקסט, או שלא נרשם.',
  cut: 'נרשמה רק ההתחלה.',
  showAll: 'הצגת הכול',
  asText: 'כטקסט',
  asTree: 'כעץ',
  expand: 'פתיחה',
  collapse: 'קיפול',
  connection: 'חיבור',
  address: 'כתובת',
  proxy: 'שרת מתווך',
  tls: 'TLS',
  certificate: 'תעודה',
  reused: 'החיבור כבר היה פתוח.',
  milliseconds: count => isolated(en.milliseconds(count)),
  bytes: count => isolated(en.bytes(count)),
  phases: {
    dns: 'שם',
    connect: 'חיבור',
    tls: 'TLS',
    waiting: 'בית ראשון',
    body: 'גוף',
  },
};
