import type { Texts } from '../catalogue.ts';

export const lab: Texts['lab'] = {
  title: 'מעבדה',
  intro:
    'שרתי תרגול שפועלים רק במחשב הזה. אחד מהם תקין; בכל אחד מהאחרים תקלה אחת, כדי לראות איך היא נראית ואיך מתקנים אותה.',
  search: 'סינון לפי שם, תקלה או קוד',
  none: 'אין שרת תרגול בשם כזה.',
  count: (shown: number, all: number) => {
    const servers = all === 1 ? 'שרת אחד' : `${all} שרתים`;
    return shown === all ? servers : `${shown} מתוך ${servers}`;
  },
  running: 'פועלים עכשיו',
  noneRunning: 'אף שרת אינו פועל.',
  start: 'הפעלה',
  starting: 'מופעל …',
  stop: 'עצירה',
  examine: 'בדיקה',
  add: 'הוספה לשרתים',
  added: 'כבר ברשימה',
  shows: 'האבחון מראה',
  nothingWrong: 'שום תקלה',
  account: 'אפשר להיכנס עם כל שם חשבון. דבר אינו נשמר כששרת תרגול נעצר.',
};
