// Presses Ctrl-C, which comes from a console, on a program that works.
//   interrupt FOLDER COMMAND
// Starts COMMAND in a console of its own, waits until something is in FOLDER, and presses the key there. Ends as the command did, which may have been
// quicker; with 99 where it could not press.
#include <windows.h>
#include <stdio.h>
#include <wchar.h>

static int has_entries(const wchar_t *folder)
{
    wchar_t pattern[MAX_PATH * 4];
    WIN32_FIND_DATAW found;
    swprintf(pattern, sizeof pattern / sizeof *pattern, L"%ls\\*", folder);
    HANDLE search = FindFirstFileW(pattern, &found);
    int count = 0;
    if (search == INVALID_HANDLE_VALUE)
        return 0;
    do
        count += wcscmp(found.cFileName, L".") != 0 && wcscmp(found.cFileName, L"..") != 0;
    while (FindNextFileW(search, &found));
    FindClose(search);
    return count > 0;
}

int wmain(int count, wchar_t **words)
{
    STARTUPINFOW start = {.cb = sizeof start};
    PROCESS_INFORMATION process;
    DWORD code;
    if (count != 3 || !CreateProcessW(NULL, words[2], NULL, NULL, TRUE, CREATE_NO_WINDOW, NULL, NULL, &start, &process))
        return 99;
    while (!has_entries(words[1]) && WaitForSingleObject(process.hProcess, 1) == WAIT_TIMEOUT)
        ;
    FreeConsole();
    if (!AttachConsole(process.dwProcessId) || !SetConsoleCtrlHandler(NULL, TRUE) || !GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0))
        TerminateProcess(process.hProcess, 99);
    WaitForSingleObject(process.hProcess, INFINITE);
    return GetExitCodeProcess(process.hProcess, &code) ? (int)code : 99;
}
