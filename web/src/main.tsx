import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Page } from './page.js';
import { preferredLanguage, showLanguage } from './i18n/i18n.js';
import './styles/base.css';
import './styles/chat.css';
import './styles/sidebar.css';
import './styles/composer.css';
import './styles/dialog.css';
import './styles/message.css';
import './styles/markdown.css';

// Back from another site by the browser's own copy: what other tabs have told meanwhile has not come here.
window.addEventListener('pageshow', ({ persisted }) => {
  if (persisted) window.location.reload();
});

const root = document.getElementById('root');
if (root !== null) {
  // In the right language from the first word on.
  void showLanguage(preferredLanguage()).then(() => {
    createRoot(root).render(
      <StrictMode>
        <Page />
      </StrictMode>,
    );
  });
}
