import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { connect } from './model/connection.ts';
import { openPort } from './port.ts';
import { Shell } from './shell.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/shell.css';

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Shell connection={connect(openPort)} />
    </StrictMode>,
  );
}
