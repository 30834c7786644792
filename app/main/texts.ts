import type { Preferences } from '../../src/api/window.ts';

/** Every word of the menus and of the two notices the system shows. */
const en = {
  open: 'Open Keybridge',
  waiting: (count: number) => (count === 1 ? '1 sign-in waiting' : `${count} sign-ins waiting`),
  noneWaiting: 'No sign-in is waiting',
  quit: 'Quit Keybridge',
  about: 'About Keybridge',
  hide: 'Hide Keybridge',
  hideOthers: 'Hide others',
  showAll: 'Show all',
  file: 'File',
  closeWindow: 'Close window',
  edit: 'Edit',
  undo: 'Undo',
  redo: 'Redo',
  cut: 'Cut',
  copy: 'Copy',
  paste: 'Paste',
  selectAll: 'Select all',
  view: 'View',
  reload: 'Reload',
  actualSize: 'Actual size',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  fullScreen: 'Full screen',
  window: 'Window',
  cannotStart: 'Keybridge cannot start',
  another: 'Another Keybridge is running already, and stays. Quit it, then open this one.',
};

export type MenuTexts = typeof en;

const zhHant: MenuTexts = {
  open: '開啟 Keybridge',
  waiting: count => `${count} 個登入等待中`,
  noneWaiting: '沒有等待中的登入',
  quit: '結束 Keybridge',
  about: '關於 Keybridge',
  hide: '隱藏 Keybridge',
  hideOthers: '隱藏其他',
  showAll: '顯示全部',
  file: '檔案',
  closeWindow: '關閉視窗',
  edit: '編輯',
  undo: '還原',
  redo: '重做',
  cut: '剪下',
  copy: '複製',
  paste: '貼上',
  selectAll: '全選',
  view: '檢視',
  reload: '重新載入',
  actualSize: '實際大小',
  zoomIn: '放大',
  zoomOut: '縮小',
  fullScreen: '全螢幕',
  window: '視窗',
  cannotStart: 'Keybridge 無法啟動',
  another: '另一個 Keybridge 已在執行,並會繼續執行。請先結束它,再開啟這一個。',
};

const he: MenuTexts = {
  open: 'פתיחת Keybridge',
  waiting: count => (count === 1 ? 'התחברות אחת ממתינה' : `${count} התחברויות ממתינות`),
  noneWaiting: 'אין התחברויות ממתינות',
  quit: 'יציאה מ-Keybridge',
  about: 'אודות Keybridge',
  hide: 'הסתרת Keybridge',
  hideOthers: 'הסתרת האחרים',
  showAll: 'הצגת הכול',
  file: 'קובץ',
  closeWindow: 'סגירת החלון',
  edit: 'עריכה',
  undo: 'ביטול',
  redo: 'ביצוע מחדש',
  cut: 'גזירה',
  copy: 'העתקה',
  paste: 'הדבקה',
  selectAll: 'בחירת הכול',
  view: 'תצוגה',
  reload: 'טעינה מחדש',
  actualSize: 'גודל רגיל',
  zoomIn: 'הגדלה',
  zoomOut: 'הקטנה',
  fullScreen: 'מסך מלא',
  window: 'חלון',
  cannotStart: 'לא ניתן להפעיל את Keybridge',
  another: 'Keybridge אחר כבר פועל, ויישאר. צאו ממנו, ואז פתחו את זה.',
};

/** The texts of a language, or of the system's where that is to decide. `locale` is a language tag. */
export function menuTexts(language: Preferences['language'], locale: string): MenuTexts {
  const tag = language === 'system' ? locale : language;
  if (/^(?:he|iw)\b/i.test(tag)) return he;
  if (/^zh\b/i.test(tag) && !/^zh-(?:hans|cn|sg)\b/i.test(tag)) return zhHant;
  return en;
}
