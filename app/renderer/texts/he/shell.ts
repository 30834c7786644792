import type { Texts } from '../catalogue.ts';

export const shell: Texts['shell'] = {
  name: 'Keybridge',
  servers: 'שרתים',
  trace: 'מעקב',
  lab: 'מעבדה',
  settings: 'הגדרות',
  doctor: 'אבחון',
  addServer: 'הוספת שרת',
  commands: 'פקודות',
  connecting: 'מתחבר אל Keybridge …',
  lostTitle: 'Keybridge אינו פועל',
  lostText:
    'הוא יופעל מחדש מעצמו ברגע שתוכנה תזדקק לו, והחלון הזה יחזור איתו. כדי להפעיל אותו עכשיו: keybridge open',
  lostBanner:
    'Keybridge אינו עונה. הוא יופעל שוב ברגע שתוכנה תזדקק לו, או בפקודה keybridge open, והחלון הזה ימשיך מעצמו. מוצג המצב האחרון הידוע.',
  failedTitle: 'המסך הזה נעצר',
  failedText:
    'משהו השתבש בחלון עצמו. Keybridge ממשיך לפעול: התוכנות נשארות מחוברות ושום התחברות לא אבדה. אפשר לנסות שוב או לעבור למסך אחר; הפרטים יעזרו למי שיתקן זאת.',
  copyDetails: 'העתקת הפרטים',
  troubles: 'מה נכשל',
  copy: 'העתקה',
  copied: 'הועתק',
  close: 'סגירה',
  cancel: 'ביטול',
  tryAgain: 'ניסיון נוסף',
  remedy: 'מה לעשות',
  main: 'ראשי',
  skip: 'דילוג אל התוכן',
};
