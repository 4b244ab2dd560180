// Before the first paint: a chosen theme must not flash up as the other one.
try {
  const theme = localStorage.getItem('tollgate.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // A closed storage: the system's theme it is.
}
