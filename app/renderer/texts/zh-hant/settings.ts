import type { Texts } from '../catalogue.ts';

export const settings: Texts['settings'] = {
  title: '設定',
  save: '儲存',
  saved: '已儲存',

  appearance: '外觀',
  theme: '主題',
  themes: { system: '依照系統', light: '淺色', dark: '深色' },
  language: '語言',
  languageSystem: '依照系統',

  secrets: '登入資料存放的位置',
  vaults: {
    keychain: '加密保存在這台電腦上，金鑰存放在系統的鑰匙圈。',
    file: '加密保存在這台電腦上，金鑰存放在只有您能讀取的檔案裡。',
    memory: '只存在記憶體中，Keybridge 停止後登入資料就會消失。',
  },
  vaultStates: {
    open: '正常',
    locked: '鑰匙圈已鎖定',
    unavailable: '找不到鑰匙圈',
  },
  lockedText: '沒有任何資料遺失。需要登入資料的工作會等到鑰匙圈解鎖；不需要重新登入。',
  unavailableText: '鑰匙圈屬於桌面工作階段；透過 SSH、在容器或 WSL 裡通常沒有。您可以改把金鑰存放在檔案中。',
  protects: '這能防範其他使用者以及檔案備份外流，但無法防範以您的身分執行的程式。',
  unlock: '解鎖 …',
  useFile: '把金鑰存放在檔案',
  useKeychain: '把金鑰存放在鑰匙圈',
  moved: '完成。已保存的資料都一併移過去了。',

  callback: '登入完成後返回的網址',
  callbackText: '瀏覽器會返回您電腦上的這個網址。手動註冊的用戶端需要在設定中填入它。',
  callbackNone: '第一次登入時會決定這個網址。',
  port: '連接埠',
  portHint: '1024 到 65535。下次登入時會重新註冊用戶端。',
  portWrong: '連接埠必須是 1024 到 65535 的數字。',

  network: '網路',
  networkText: '只用於這個視窗所做的事。主機程式會交出它們自己環境的設定，那些維持不變。',
  environment: '來自環境變數',
  environmentNone: '沒有任何設定。',
  proxy: 'Proxy',
  proxyHint: '例如 http://proxy.example:8080。留空則依照環境變數。',
  extraCa: '其他憑證',
  extraCaHint: 'PEM 格式，與系統的憑證一起信任。留空則沒有。',

  log: '寫入磁碟的內容',
  logs: {
    off: '不寫入磁碟。Keybridge 執行期間仍可查看追蹤。',
    normal: '每個請求都寫入磁碟，不含內文，供當機後查看。',
    full: '每個請求連同內文都寫入磁碟。已知的機密會從中移除。',
  },
  logNames: { off: '關閉', normal: '一般', full: '含內文' },

  about: '關於',
  version: '版本',
  process: '處理程序',
  state: '狀態資料夾',
  since: '開始執行於',
  headless: '在背景執行，沒有桌面應用程式',
  desktop: '在桌面應用程式中',
  stop: '停止 Keybridge',
  stopText: '進行中的呼叫會先完成。有主機程式需要時，它會再次啟動。',
};
