using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

[assembly: DisableRuntimeMarshalling]

/// <summary>Lets programs of .NET 10 throw more than one exception in a thread under Wine 8; on Windows it does nothing.</summary>
/// <remarks>
/// For each handler that Wine calls it registers one of its own in the list of the thread (NT_TIB.ExceptionList), which Windows does not have on
/// x64. The runtime leaves a handler for good by restoring registers, so that the entry stays behind its stack frame, and the next exception
/// calls whatever stands there by then. Here the list is emptied before exceptions of the runtime are dispatched, by a few bytes of machine code:
/// managed code must not run at that point.
/// </remarks>
[SupportedOSPlatform("windows")]
public static unsafe partial class StartupHook
{
    const uint MEM_COMMIT_RESERVE = 0x3000, PAGE_EXECUTE_READWRITE = 0x40;

    static ReadOnlySpan<byte> Handler =>
    [
        0x48, 0x8B, 0x01,                                                       // mov rax, [rcx]             EXCEPTION_POINTERS.ExceptionRecord
        0x8B, 0x00,                                                             // mov eax, [rax]             ExceptionCode
        0x3D, 0x52, 0x43, 0x43, 0xE0,                                           // cmp eax, 0xE0434352        thrown by managed code
        0x74, 0x07,                                                             // je  empty
        0x3D, 0x78, 0x56, 0x34, 0x02,                                           // cmp eax, 0x02345678        thrown by the runtime itself
        0x75, 0x0D,                                                             // jne done
        0x65, 0x48, 0xC7, 0x04, 0x25, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF,       // empty: mov qword gs:[0], -1
        0x31, 0xC0,                                                             // done: xor eax, eax         EXCEPTION_CONTINUE_SEARCH
        0xC3,                                                                   // ret
    ];

    [LibraryImport("kernel32")]
    private static partial void* VirtualAlloc(void* address, nuint size, uint type, uint protection);

    [LibraryImport("kernel32")]
    private static partial void* AddVectoredExceptionHandler(uint first, void* handler);

    /// <summary>Called by the runtime before the program.</summary>
    public static void Initialize()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64) return;
        if (!NativeLibrary.TryLoad("ntdll", out nint ntdll) || !NativeLibrary.TryGetExport(ntdll, "wine_get_version", out _)) return;
        void* code = VirtualAlloc(null, (nuint)Handler.Length, MEM_COMMIT_RESERVE, PAGE_EXECUTE_READWRITE);
        if (code == null) return;
        Handler.CopyTo(new Span<byte>(code, Handler.Length));
        _ = AddVectoredExceptionHandler(1, code);
    }
}
