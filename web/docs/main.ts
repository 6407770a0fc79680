document.getElementById('docs')!.textContent = 'Gatehouse';
