/** The board's only script: it renews a page when something changed. Without it, every page can be read and every form be sent. */

export const SCRIPT = `
(() => {
  if (document.body.dataset.live !== 'yes' || !window.EventSource) return;
  const main = () => document.getElementById('main');
  let busy = false, again = false;
  async function renew() {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const active = document.activeElement;
      if (active && active.closest('form')) return;
      const reply = await fetch(location.href, { headers: { accept: 'text/html' } });
      if (!reply.ok) return;
      const page = new DOMParser().parseFromString(await reply.text(), 'text/html');
      const fresh = page.getElementById('main');
      if (!fresh || fresh.innerHTML === main().innerHTML) return;
      const open = new Map([...document.querySelectorAll('details')].map((each, index) => [each.id || index, each.open]));
      const scrolled = [...document.querySelectorAll('.scroll')].map((each) => [each.scrollLeft, each.scrollTop]);
      main().replaceWith(document.adoptNode(fresh));
      document.querySelectorAll('details').forEach((each, index) => {
        const was = open.get(each.id || index);
        if (was !== undefined) each.open = was;
      });
      document.querySelectorAll('.scroll').forEach((each, index) => {
        if (scrolled[index]) [each.scrollLeft, each.scrollTop] = scrolled[index];
      });
    } finally {
      busy = false;
      if (again) { again = false; renew(); }
    }
  }
  // After the first paint, which the connection would delay.
  requestAnimationFrame(() => setTimeout(() => {
    const events = new EventSource('/live');
    // What changed between the making of the page and this connection, or while it was broken, would be missed.
    events.addEventListener('ready', renew);
    events.addEventListener('change', renew);
    addEventListener('pagehide', () => events.close());
  }));
})();
`;
