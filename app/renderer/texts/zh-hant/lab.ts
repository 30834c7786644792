import type { Texts } from '../catalogue.ts';

export const lab: Texts['lab'] = {
  title: '實驗室',
  intro: '只在這台電腦上執行的練習伺服器。其中一個完全正確，其餘各有一個錯誤，讓您看看它的樣子以及如何修正。',
  search: '依名稱、錯誤或代碼篩選',
  none: '沒有這個名稱的練習伺服器。',
  count: (shown: number, all: number) =>
    shown === all ? `${all} 台伺服器` : `${all} 台伺服器中的 ${shown} 個`,
  running: '執行中',
  noneRunning: '目前沒有執行中的練習伺服器。',
  start: '啟動',
  starting: '正在啟動 …',
  stop: '停止',
  examine: '檢查',
  add: '加入伺服器清單',
  added: '已在清單中',
  shows: '診斷會顯示',
  nothingWrong: '沒有問題',
  account: '任何帳號名稱都可以登入。練習伺服器停止後不會保留任何資料。',
};
