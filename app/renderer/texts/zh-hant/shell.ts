import type { Texts } from '../catalogue.ts';

export const shell: Texts['shell'] = {
  name: 'Keybridge',
  servers: '伺服器',
  trace: '追蹤',
  lab: '實驗室',
  settings: '設定',
  doctor: '診斷',
  addServer: '新增伺服器',
  commands: '命令',
  connecting: '正在連線到 Keybridge …',
  lostTitle: 'Keybridge 沒有在執行',
  lostText:
    '只要有主機程式需要，它就會自行重新啟動，這個視窗也會跟著恢復。若要現在啟動，請執行：keybridge open',
  lostBanner:
    'Keybridge 沒有回應。只要有主機程式需要，或執行 keybridge open，它就會重新啟動，這個視窗也會自行恢復。您看到的是最後已知的內容。',
  failedTitle: '這個畫面停住了',
  failedText:
    '視窗本身出了問題。Keybridge 仍在執行：主機程式保持連線，登入也都還在。請再試一次，或改看其他畫面；這些細節有助於修正問題。',
  copyDetails: '複製細節',
  troubles: '失敗的動作',
  copy: '複製',
  copied: '已複製',
  close: '關閉',
  cancel: '取消',
  tryAgain: '再試一次',
  remedy: '該怎麼做',
  main: '主要',
  skip: '跳到內容',
};
